export { exactUrl } from '@chancery/platform';
