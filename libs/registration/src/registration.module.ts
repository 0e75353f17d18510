import { type EventStore, type RunningProjection, runProjection, type RunProjectionOptions } from '@chancery/eventstore';
import type { OperatorDeps, TargetRules } from '@chancery/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AdminController } from './admin.controller.js';
import { ManageAgents } from './manage/manage-agents.js';
import { ManageController } from './manage/manage.controller.js';
import { Operations } from './operations.js';
import { agentList } from './projections/agent-list.projection.js';
import { iatList } from './projections/iat-list.projection.js';
import { Lists } from './projections/lists.js';
import { classMembersIn } from './register/quota/class-members.js';
import { classMemberList } from './register/quota/class-members.projection.js';
import { RegisterAgents } from './register/register-agents.js';
import { RegisterController } from './register/register.controller.js';
import { Slots } from './register/slots.js';
import { operatorsApiOf } from './settings/operators-api.js';

export interface RegistrationOptions {
  readonly issuer: string;
  /** Under the role `chancery_registration`. */
  readonly store: EventStore;
  readonly dataSource: DataSource;
  readonly operators: OperatorDeps;
  /** What a `jwks_uri` may name: public hosts, unless told. */
  readonly targets?: TargetRules;
}

/** What the registration service is made of. */
@Module({})
export class RegistrationModule {
  static with({ issuer, store, dataSource, operators, targets }: RegistrationOptions): DynamicModule {
    const lists = new Lists(dataSource, () => store.now());
    return {
      module: RegistrationModule,
      controllers: [RegisterController, ManageController, AdminController],
      providers: [
        {
          provide: RegisterAgents,
          useFactory: () =>
            new RegisterAgents({ issuer, store, slots: new Slots(), members: classMembersIn(dataSource), ...(targets && { targets }) }),
        },
        { provide: ManageAgents, useFactory: () => new ManageAgents({ store, issuer, ...(targets && { targets }) }) },
        { provide: Operations, useFactory: () => new Operations(store, lists, operators, operatorsApiOf(issuer)) },
      ],
    };
  }
}

/** Keeps the lists up with the store; of all processes that run it, one does. */
export const runLists = (options: RunProjectionOptions): readonly RunningProjection[] =>
  [agentList, iatList, classMemberList].map((projection) => runProjection(projection, options));
