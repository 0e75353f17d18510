import { readFile } from 'node:fs/promises';
import { Refused } from './failure.js';
import { fileTrouble } from './roll/file-trouble.js';

/** The JSON object in a file, or on standard input for `-`. @throws Refused; never with what the file holds */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const named = file === '-' ? 'standard input' : file;
  const text = await textOf(file, named);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refused(`${named} is not JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused(`${named} holds no JSON object`);
  return value as Record<string, unknown>;
}

async function textOf(file: string, named: string): Promise<string> {
  try {
    return file === '-' ? (await process.stdin.setEncoding('utf8').toArray()).join('') : await readFile(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, `${named} cannot be read`);
  }
}
