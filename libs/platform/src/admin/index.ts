export { act, type Act, type Acted, type Recorded } from './act.js';
export { bodyAs } from './body.js';
export { calledByGateway, operatorKeys, operatorOf, type OperatorDeps } from './operator.js';
export { actedAnswer, reasonOf } from './answers.js';
export { rfc3339 } from './rfc3339.js';
