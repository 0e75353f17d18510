import { actedAnswer, bodyOf, type Caller, operatorOf, readConfig, reasonOf, type ServiceRequest } from '@chancery/platform';
import { Controller, Get, Header, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { commandAgent, showAgent } from './agents/agents.js';
import { endIat, mintIat, type MintedIat } from './iats/iats.js';
import { Operations } from './operations.js';
import { defineClass, defineResource, settle } from './settings/settings.js';

type Answer = Promise<Record<string, unknown>>;

/** The operators' API for what registration owns. Each line: whose act with which scope, one call, one answer. */
@Controller('admin/v1')
export class AdminController {
  constructor(private readonly at: Operations) {}

  @Post('iats')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  mintIat(@Req() request: ServiceRequest): Promise<MintedIat> {
    return mintIat(bodyOf(request, 'json'), this.operator(request, 'chancery:registry'), this.at.store);
  }

  @Get('iats')
  async listIats(@Req() request: ServiceRequest, @Query() page: Record<string, string>): Answer {
    this.operator(request, 'chancery:registry');
    return this.at.lists.iats(page);
  }

  @Post('iats/:id/revoke')
  @HttpCode(200)
  async revokeIat(@Req() request: ServiceRequest, @Param('id') iatId: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(await endIat({ type: 'revoke-iat', iatId, reason: reasonOf(bodyOf(request, 'json')) }, operator, this.at.store));
  }

  @Post('iats/:id/close')
  @HttpCode(200)
  async closeIat(@Req() request: ServiceRequest, @Param('id') iatId: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(await endIat({ type: 'close-iat', iatId, reason: reasonOf(bodyOf(request, 'json')) }, operator, this.at.store));
  }

  @Get('agents')
  async listAgents(@Req() request: ServiceRequest, @Query() page: Record<string, string>): Answer {
    this.operator(request, 'chancery:registry');
    return this.at.lists.agents(page);
  }

  @Get('agents/:id')
  async showAgent(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    this.operator(request, 'chancery:registry');
    return showAgent(agentId, this.at.store);
  }

  @Post('agents/:id/suspend')
  @HttpCode(200)
  async suspend(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(
      await commandAgent({ type: 'suspend-agent', agentId, reason: reasonOf(bodyOf(request, 'json')) }, operator, this.at.store),
    );
  }

  @Post('agents/:id/resume')
  @HttpCode(200)
  async resume(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    const operator = this.operator(request, 'chancery:registry');
    return actedAnswer(
      await commandAgent({ type: 'resume-agent', agentId, reason: reasonOf(bodyOf(request, 'json')) }, operator, this.at.store),
    );
  }

  @Post('agents/:id/revoke')
  @HttpCode(200)
  async revoke(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(
      await commandAgent({ type: 'revoke-agent', agentId, reason: reasonOf(bodyOf(request, 'json')) }, operator, this.at.store),
    );
  }

  @Get('classes')
  async listClasses(@Req() request: ServiceRequest): Answer {
    this.operator(request, 'chancery:registry');
    return { classes: Object.values((await readConfig(this.at.store, 'fresh')).state.classes) };
  }

  @Put('classes/:name')
  async defineClass(@Req() request: ServiceRequest, @Param('name') name: string): Answer {
    const operator = this.operator(request, 'chancery:policy');
    return actedAnswer(await settle(defineClass(name, bodyOf(request, 'json'), operator), operator, this.at.store));
  }

  @Get('resources')
  async listResources(@Req() request: ServiceRequest): Answer {
    this.operator(request, 'chancery:registry');
    return { resources: Object.values((await readConfig(this.at.store, 'fresh')).state.resources) };
  }

  @Put('resources')
  async defineResource(@Req() request: ServiceRequest): Answer {
    const operator = this.operator(request, 'chancery:policy');
    return actedAnswer(await settle(defineResource(bodyOf(request, 'json'), operator), operator, this.at.store));
  }

  private operator(request: ServiceRequest, scope: string): Caller {
    return operatorOf(request, scope, this.at.operators);
  }
}
