import { mainTenant } from '@chancery/events';
import { operatorOf, type OperatorDeps } from '@chancery/platform';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { followLog } from './log/follow-log.js';
import type { HeadWatch } from './log/head-watch.js';
import { parseLogRequest } from './log/log-request.js';

/** What operators with scope `chancery:audit` may read. */
export class AuditReading {
  constructor(
    private readonly dataSource: DataSource,
    private readonly watch: HeadWatch,
    private readonly operators: Omit<OperatorDeps, 'service'>,
  ) {}

  /** `{ entries: [{ position, at, type, stream, data }] }`, oldest first. @throws OAuthError */
  async log(request: FastifyRequest): Promise<unknown> {
    this.#admit(request);
    const asked = parseLogRequest(request.query);
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    const { socket } = request.raw;
    socket.once('close', leave);
    try {
      return { entries: await followLog(asked, gone.signal, { dataSource: this.dataSource, tenant: mainTenant, watch: this.watch }) };
    } finally {
      socket.off('close', leave);
    }
  }

  #admit(request: FastifyRequest): void {
    operatorOf(request, 'chancery:audit', { ...this.operators, service: 'audit' });
  }
}
