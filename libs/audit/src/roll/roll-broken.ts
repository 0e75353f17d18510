/** The roll in the database contradicts itself: somebody wrote past the service. Nothing is added to it and nothing signed any more. */
export class RollBroken extends Error {
  override readonly name = 'RollBroken';
}
