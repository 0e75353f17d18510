// Writes docs/events.md from the built catalogue of libs/events and the comments of its sources.
// `--check` writes nothing and exits 1 when the file is not what would be written.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'docs', 'events.md');
const built = join(root, 'libs', 'events', 'dist', 'index.js');
if (!existsSync(built)) fail('libs/events is not built: run `npm run build` first', 2);
const { activityRecords, events, revokedForEver, topicOf, topics } = await import(pathToFileURL(built).href);

const { consts, declarations } = readSources();
const page = format(
  [
    heading(),
    ...events.map((event) => section(event, topicOf[event.type.split('.')[0]])),
    activityHeading(),
    ...activityRecords.map((event) => section(event, topics.activity)),
  ].join('\n\n'),
);

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== page) fail('docs/events.md is stale: run `node scripts/events-doc.mjs`', 1);
} else {
  writeFileSync(target, page);
}

function fail(message, status) {
  console.error(message);
  process.exit(status);
}

function heading() {
  return `# Events

Generated from \`libs/events\` by \`node scripts/events-doc.mjs\`; change the sources, not this page.

What happened, in the past tense, as it is stored and published. Fields are closed: nothing that is not listed here can be written. Times are whole
seconds since 1970 by the database's clock, unless a field says otherwise. No field holds a secret, token, proof or prompt text: what looks like one
is a hash or the thumbprint of a public key.

* **Version**: raised by every change but a new optional field; older data is read through upcasts.
* **Fence**: can reduce somebody's authority. A decision that rests on the stream as it was before this event is not recorded.
* **Revokes**: what enters the revocation set in the same append.`;
}

function activityHeading() {
  return `# Activity records

What agents did, and what was refused. They go to the bus and into the log, and pass through no stream.`;
}

function section(definition, topic) {
  const declared = declarations.get(definition.type) ?? fail(`no source declares ${definition.type}`, 2);
  const docs = docsOf(declared.schema, '');
  const schema = z.toJSONSchema(definition.schema);
  const rows = fieldRows(schema, '').map(
    ({ path, needed, type }) => `| \`${path}\` | ${type} | ${needed ? 'yes' : 'no'} | ${cell(docs.get(path) ?? '')} |`,
  );
  return `## ${definition.type}

${declared.doc}

Version ${definition.version} · topic \`${topic}\` · ${definition.fence ? '**fence**' : 'no fence'} · revokes ${revokes(definition)}

| Field | Type | Always | Meaning |
|---|---|---|---|
${rows.join('\n')}`;
}

/** Which kind of subject ends, by which field: asked of the definition itself, with each field's own name as its value. */
function revokes(definition) {
  if (!definition.revokes) return 'nothing';
  const names = new Proxy({}, { get: (_, field) => field });
  const subjects = definition
    .revokes(names)
    .map(({ kind, id }) => `${kind} \`${id}\`, ${revokedForEver[kind] ? 'for ever' : 'whatever was issued until then'}`);
  return subjects.join('; ');
}

function fieldRows(schema, prefix) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = field.type === 'array' ? fieldRows(field.items, `${path}[].`) : fieldRows(field, `${path}.`);
    return [{ path, needed: schema.required?.includes(name) ?? false, type: typeText(field) }, ...inner];
  });
}

function typeText(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.type === 'array') return `list of ${typeText(schema.items)}; ${range(schema.minItems ?? 0, schema.maxItems)} of them`;
  if (schema.type === 'string') return `text, ${range(schema.minLength ?? 0, schema.maxLength)} characters`;
  if (schema.type === 'integer')
    return `integer, ${range(schema.exclusiveMinimum === undefined ? schema.minimum : schema.exclusiveMinimum + 1, schema.maximum)}`;
  if (schema.type === 'object' || schema.type === 'boolean') return schema.type === 'object' ? 'object' : 'yes or no';
  return fail(`no words for a field of type ${schema.type}`, 2);
}

function range(from, to) {
  if (from === to) return `${from}`;
  return to === undefined || to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`;
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}

/** Every named constant of the sources, and every event's comment and schema expression. */
function readSources() {
  const found = { consts: new Map(), declarations: new Map() };
  for (const path of globSync('libs/events/src/**/*.ts', { cwd: root }).filter((name) => !name.endsWith('.spec.ts'))) {
    const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
    for (const statement of source.statements.filter(ts.isVariableStatement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        const doc = commentOf(statement);
        // Of a taken apart shape, what is left of it is what another schema spreads.
        const named = ts.isObjectBindingPattern(name) ? name.elements.find((element) => element.dotDotDotToken)?.name : name;
        if (!named) continue;
        found.consts.set(named.text, { doc, initializer });
        const [options] =
          initializer && ts.isCallExpression(initializer) && initializer.expression.getText() === 'defineEvent'
            ? initializer.arguments
            : [];
        if (!options) continue;
        const option = (key) => optionOf(options, key);
        if (doc === '') fail(`${name.text} in ${path} has no comment: it is what an analyst reads`, 2);
        found.declarations.set(option('type').text, { doc, schema: option('schema') });
      }
    }
  }
  return found;
}

function optionOf(options, key) {
  return options.properties.find((property) => property.name?.text === key)?.initializer;
}

/** Comments by field path; a field without its own has that of the shared field it is made from. */
function docsOf(expression, prefix) {
  const docs = new Map();
  if (ts.isIdentifier(expression)) return docsOf(consts.get(expression.text).initializer, prefix);
  // The shape of another event's schema.
  if (ts.isPropertyAccessExpression(expression) && expression.getText().endsWith('.schema.shape'))
    return docsOf(optionOf(consts.get(expression.getText().split('.')[0]).initializer.arguments[0], 'schema'), prefix);
  for (const property of ts.isObjectLiteralExpression(expression) ? expression.properties : []) {
    if (ts.isSpreadAssignment(property)) {
      for (const [inner, text] of docsOf(property.expression, prefix)) docs.set(inner, text);
      continue;
    }
    const path = `${prefix}${property.name.text}`;
    const value = resolve(ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer);
    const doc = commentOf(property) || value.doc;
    if (doc) docs.set(path, doc);
    for (const [inner, text] of value.fields ? docsOf(value.fields, `${path}${value.list ? '[]' : ''}.`) : []) docs.set(inner, text);
  }
  return docs;
}

/** What a field's expression is made from: a shared constant's comment, the fields of an object, whether it is a list of them. */
function resolve(expression) {
  if (ts.isIdentifier(expression)) {
    const { doc, initializer } = consts.get(expression.text) ?? fail(`cannot follow ${expression.text}`, 2);
    return { ...resolve(initializer), ...(doc && { doc }) };
  }
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return {};
  const { expression: on, name } = expression.expression;
  if (on.getText() !== 'z') return resolve(on);
  if (name.text === 'strictObject') return { fields: expression.arguments[0] };
  if (name.text === 'array') return { ...resolve(expression.arguments[0]), list: true };
  return {};
}

/** The comment right above: one with an empty line below it speaks of the whole file. */
function commentOf(node) {
  const comment = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
  if (!comment || /\n\s*\n/.test(node.getSourceFile().text.slice(comment.end, node.getStart()))) return '';
  return (ts.getTextOfJSDocComment(comment.comment) ?? '').replace(/\s*\n\s*/g, ' ').trim();
}

function format(text) {
  const formatter = join(root, 'node_modules', 'oxfmt', 'bin', 'oxfmt');
  const { status, stdout, stderr } = spawnSync(process.execPath, [formatter, '--stdin-filepath=docs/events.md'], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? stdout : fail(`the formatter failed: ${stderr}`, 2);
}
