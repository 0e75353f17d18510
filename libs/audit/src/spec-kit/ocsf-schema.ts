import { readFileSync } from 'node:fs';

interface Attribute {
  readonly type: string;
  readonly requirement: 'required' | 'recommended' | 'optional';
  readonly array?: true;
  readonly object?: string;
  readonly profiles?: readonly string[];
  readonly enum?: Readonly<Record<string, string>>;
  /** Where the words of its numbers stand. */
  readonly sibling?: string;
  readonly deprecated?: true;
}

interface Thing {
  readonly uid?: number;
  readonly constraints?: Readonly<Partial<Record<'at_least_one' | 'just_one', readonly string[]>>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

interface Schema {
  readonly version: string;
  readonly classes: Readonly<Record<string, Thing>>;
  readonly objects: Readonly<Record<string, Thing>>;
  readonly types: Readonly<Record<string, { type?: string; regex?: string; max_len?: number }>>;
}

const schema = JSON.parse(readFileSync(new URL('../siem/fixtures/ocsf-1.8.0.json', import.meta.url), 'utf8')) as Schema;

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with a record by the schema of OCSF 1.8.0, each with its place; nothing for one that validates. */
export function ocsfProblems(record: Json): string[] {
  const found = Object.values(schema.classes).find(({ uid }) => uid === record['class_uid']);
  if (!found) return [`class_uid: ${String(record['class_uid'])} is none of ours`];
  const { version, profiles = [] } = (record['metadata'] ?? {}) as { version?: string; profiles?: readonly string[] };
  const sum = record['type_uid'] === Number(record['class_uid']) * 100 + Number(record['activity_id']) ? [] : ['type_uid: does not follow'];
  return [
    ...(version === schema.version ? [] : ['metadata.version: another one']),
    ...sum,
    ...problemsOf(found, record, { place: '', profiles }),
  ];
}

interface At {
  readonly place: string;
  /** That the record says it uses. */
  readonly profiles: readonly string[];
}

function problemsOf({ attributes, constraints = {} }: Thing, value: Json, at: At): string[] {
  const applies = ({ profiles: of }: Attribute): boolean => of === undefined || of.some((one) => at.profiles.includes(one));
  const names = Object.keys(value);
  const has = (list: readonly string[]): number => list.filter((name) => value[name] !== undefined).length;
  const { at_least_one: some = names.slice(0, 1), just_one: one } = constraints;
  return [
    ...Object.entries(attributes)
      .filter(([name, attribute]) => attribute.requirement === 'required' && applies(attribute) && value[name] === undefined)
      .map(([name]) => `${at.place}${name}: is required`),
    ...(has(some) > 0 ? [] : [`${at.place}: needs one of ${some.join(', ')}`]),
    ...(one === undefined || has(one) === 1 ? [] : [`${at.place}: needs exactly one of ${one.join(', ')}`]),
    ...names.flatMap((name) => {
      const attribute = attributes[name];
      const place = `${at.place}${name}`;
      if (!attribute) return [`${place}: is not in the schema`];
      if (attribute.deprecated) return [`${place}: is deprecated`];
      if (!applies(attribute)) return [`${place}: belongs to a profile that is not named`];
      return [...valueProblems(attribute, value[name], { ...at, place }), ...siblingProblems(attribute, value, { ...at, place })];
    }),
  ];
}

function valueProblems(attribute: Attribute, value: unknown, at: At): string[] {
  if (!attribute.array) return single(attribute, value, at);
  if (!Array.isArray(value)) return [`${at.place}: is no array`];
  return value.flatMap((each, index) => single(attribute, each, { ...at, place: `${at.place}[${index}]` }));
}

function single({ type, object, enum: words }: Attribute, value: unknown, at: At): string[] {
  if (object !== undefined) {
    const thing = schema.objects[object];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at.place}: is no object`];
    // The generic object of the schema takes anything.
    if (object === 'object') return [];
    return thing
      ? problemsOf(thing, value as Json, { ...at, place: `${at.place}.` })
      : [`${at.place}: ${object} is not in our part of the schema`];
  }
  if (words && words[String(value)] === undefined) return [`${at.place}: ${String(value)} is not in its enumeration`];
  return fits(type, value) ? [] : [`${at.place}: is no ${type}`];
}

/** Number and word must say the same; where the number says "other", the word is ours. */
function siblingProblems({ enum: words, sibling }: Attribute, value: Json, { place }: At): string[] {
  if (!words || sibling === undefined || value[sibling] === undefined) return [];
  const number = String(
    value[
      place
        .split('.')
        .at(-1)
        ?.replace(/\[\d+\]$/, '') ?? ''
    ],
  );
  const { [number]: word } = words;
  const ok = number === '99' ? !(Object.values(words) as unknown[]).includes(value[sibling]) : word === value[sibling];
  return ok ? [] : [`${place}: ${sibling} says something else`];
}

function fits(type: string, value: unknown): boolean {
  const { type: basic = type, regex, max_len: longest = Infinity } = schema.types[type] ?? {};
  switch (basic) {
    case 'boolean_t':
      return typeof value === 'boolean';
    case 'integer_t':
    case 'long_t':
      return Number.isSafeInteger(value);
    case 'string_t':
      return typeof value === 'string' && value.length <= longest && (regex === undefined || new RegExp(regex).test(value));
    default:
      return basic === 'json_t';
  }
}
