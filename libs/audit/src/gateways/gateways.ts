import { mainTenant } from '@chancery/events';
import { type Log, operatorOf, type OperatorDeps } from '@chancery/platform';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { type HeadWatch, headWatch } from '../log/head-watch.js';
import { type Acknowledged, keepAcknowledgements } from './acknowledgements.js';
import { parseGatewaysRequest } from './gateways-request.js';
import { changesOf, type GatewayList, listGateways } from './list-gateways.js';

/** The list of gateways: kept by what they say, read by operators with scope `chancery:audit`. */
export class Gateways {
  readonly #watch: HeadWatch;
  readonly #alarmed = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly operators: Omit<OperatorDeps, 'service'>,
    private readonly log: Log,
  ) {
    this.#watch = headWatch(() => changesOf(dataSource, mainTenant));
  }

  async acknowledge(messages: readonly Acknowledged[]): Promise<void> {
    for (const { event } of await keepAcknowledgements(this.dataSource, messages)) this.#alarm(event.gateway);
    this.#watch.wake();
  }

  /** Once for each gateway: one whose clock is wrong says it every five seconds. */
  #alarm(gateway: string): void {
    if (this.#alarmed.has(gateway)) return;
    if (this.#alarmed.size >= mostAlarmed) this.#alarmed.clear();
    this.#alarmed.add(gateway);
    this.log.error({ id: gateway, reason: 'acknowledgement_ahead' }, 'what a gateway acknowledges is dated in the future, and is not kept');
  }

  /** Answers at once when the list is not the one that is known, else as soon as it changes, else when the wait is over. @throws OAuthError */
  async list(request: FastifyRequest): Promise<GatewayList> {
    operatorOf(request, 'chancery:audit', { ...this.operators, service: 'audit' });
    const { since, wait } = parseGatewaysRequest(request.query);
    if (wait > 0) await this.#changed(request, since ?? (await changesOf(this.dataSource, mainTenant)), wait);
    return listGateways(this.dataSource, mainTenant);
  }

  async #changed({ raw: { socket } }: FastifyRequest, since: number, wait: number): Promise<void> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    socket.once('close', leave);
    try {
      await this.#watch.beyond(since, { milliseconds: wait * 1_000, signal: gone.signal });
    } finally {
      socket.off('close', leave);
    }
  }
}

/** Names whose alarm is remembered. Whoever makes up more of them is told of again. */
const mostAlarmed = 1_000;
