import { actedAnswer, bodyOf, type Caller, operatorOf, readConfig, reasonOf, type ServiceRequest } from '@chancery/platform';
import { Controller, Get, Header, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { approveAgent, commandAgent, showAgent } from './agents/agents.js';
import { endIat, mintIat, type MintedIat, showIat } from './iats/iats.js';
import { Operations } from './operations.js';
import { refuseParameters } from './query.js';
import { listClasses, listVersions, previewClass, showClass } from './settings/class-versions.js';
import { defineClass, type Definer, defineResource, settle } from './settings/settings.js';

type Answer = Promise<Record<string, unknown>>;

/** The operators' API for what registration owns. Each line: whose act with which scope, one call, one answer. */
@Controller('admin/v1')
export class AdminController {
  constructor(private readonly at: Operations) {}

  @Post('iats')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  mintIat(@Req() request: ServiceRequest): Promise<MintedIat> {
    return mintIat(bodyOf(request, 'json'), this.giver(request, 'chancery:registry'), this.at.store);
  }

  @Get('iats')
  async listIats(@Req() request: ServiceRequest): Answer {
    this.reader(request, 'chancery:registry');
    return this.at.lists.iats(request.query);
  }

  @Get('iats/:id')
  async showIat(@Req() request: ServiceRequest, @Param('id') iatId: string): Answer {
    this.operator(request, 'chancery:registry');
    return showIat(iatId, this.at.store, this.at.lists);
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
  async listAgents(@Req() request: ServiceRequest): Answer {
    this.reader(request, 'chancery:registry');
    return this.at.lists.agents(request.query);
  }

  @Get('agents/:id')
  async showAgent(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    this.operator(request, 'chancery:registry');
    return showAgent(agentId, this.at.store);
  }

  @Post('agents/:id/approve')
  @HttpCode(200)
  async approve(@Req() request: ServiceRequest, @Param('id') agentId: string): Answer {
    const giver = this.giver(request, 'chancery:registry');
    return actedAnswer(await approveAgent({ agentId, reason: reasonOf(bodyOf(request, 'json')) }, giver, this.at.store));
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
    return listClasses(this.at.store);
  }

  @Get('classes/:name')
  async showClass(@Req() request: ServiceRequest, @Param('name') name: string): Answer {
    this.operator(request, 'chancery:registry');
    return showClass(name, this.at.store);
  }

  @Get('classes/:name/versions')
  async listVersions(@Req() request: ServiceRequest, @Param('name') name: string): Answer {
    this.operator(request, 'chancery:registry');
    return listVersions(name, this.at.store);
  }

  @Post('classes/:name/diff')
  @HttpCode(200)
  async previewClass(@Req() request: ServiceRequest, @Param('name') name: string): Answer {
    return previewClass(defineClass(name, bodyOf(request, 'json'), this.definer(request)), this.at.store);
  }

  @Put('classes/:name')
  async defineClass(@Req() request: ServiceRequest, @Param('name') name: string): Answer {
    const definer = this.definer(request);
    return actedAnswer(await settle(defineClass(name, bodyOf(request, 'json'), definer), definer.operator, this.at.store));
  }

  @Get('resources')
  async listResources(@Req() request: ServiceRequest): Answer {
    this.operator(request, 'chancery:registry');
    return { resources: Object.values((await readConfig(this.at.store, 'fresh')).state.resources) };
  }

  @Put('resources')
  async defineResource(@Req() request: ServiceRequest): Answer {
    const definer = this.definer(request);
    return actedAnswer(await settle(defineResource(bodyOf(request, 'json'), definer), definer.operator, this.at.store));
  }

  private definer(request: ServiceRequest): Definer {
    return this.giver(request, 'chancery:policy');
  }

  /** Who lets others have something, which is never more of the operators' API than he has. */
  private giver(request: ServiceRequest, scope: string): Definer {
    return { operator: this.operator(request, scope), operatorsApi: this.at.operatorsApi };
  }

  /** Who may read a list, whose query is its own to judge. */
  private reader(request: ServiceRequest, scope: string): Caller {
    return operatorOf(request, scope, this.at.operators);
  }

  private operator(request: ServiceRequest, scope: string): Caller {
    const caller = this.reader(request, scope);
    refuseParameters(request.query);
    return caller;
  }
}
