export { act, type Act, type Acted } from './act.js';
export { bodyAs } from './body.js';
export { calledByGateway, operatorKeys, operatorOf, type OperatorDeps } from './operator.js';
export { actedAnswer, reasonOf } from './answers.js';
