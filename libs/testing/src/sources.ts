/** Finds `./x.ts` where a source says `./x.js`, as the compiler does. */
const resolveSources = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(name, context, next) {
    const ours = name.startsWith('.') && name.endsWith('.js') && context.parentURL?.endsWith('.ts');
    return next(ours ? name.slice(0, -3) + '.ts' : name, context);
  },
});`;

/** Arguments of Node.js for `runProcess` to run TypeScript sources without a build. Not for sources with decorators: Node.js strips types only. */
export const fromSources: readonly string[] = [
  '--conditions=@chancery/source',
  '--import',
  `data:text/javascript,${encodeURIComponent(resolveSources)}`,
];
