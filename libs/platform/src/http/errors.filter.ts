import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, throwError } from 'rxjs';

/** How a service answers what was thrown. */
export type AnswerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** The one filter: everything that a request meets leaves the same way (design §13). */
@Catch()
export class ErrorsFilter implements ExceptionFilter {
  constructor(private readonly answer: AnswerError) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    // What a handler of events throws goes to the bus as it is. Nest would make "Internal server error" of it, and quarantine would name no cause.
    if (host.getType() === 'rpc') return throwError(() => error);
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
    return undefined;
  }
}
