import type { ServiceRequest } from '@chancery/platform';
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { Proofs } from './proofs.js';
import type { ReservedProof } from './reserve-proof.js';

@Controller('proofs')
export class ProofsController {
  constructor(private readonly proofs: Proofs) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  reserve(@Req() request: ServiceRequest): Promise<ReservedProof> {
    return this.proofs.reserve(request);
  }
}
