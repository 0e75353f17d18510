export { rfc3339 } from '@chancery/platform';
