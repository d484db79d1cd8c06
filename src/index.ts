// index.ts - the library: what a program gets from `import … from 'kubewire'`. What stands here is a promise.

// Objects
export { type Cluster, type ClusterOptions, createCluster } from './cluster/cluster.js';
// Strategies and schedulers
export { STRATEGIES, type Strategy, type StrategyChoice, strategyNamed } from './compile/strategy.js';
// Engines
export type { Engine, EngineOptions, FrameIn, FrameOut, Outcome } from './engine/engine.js';
// Recordings
export { type Ending, type FirstDifference, type Rerun, type RerunOptions, rerun } from './engine/recording/rerun.js';
export {
  createScheduler,
  type Destination,
  type Question,
  type Scheduler,
  type SchedulerFlags,
  type SchedulerOptions,
} from './engine/scheduler.js';
export { encodeImage } from './image/encode.js';
export type { TableSet } from './image/table.js';
// Questions
export {
  type AskOptions,
  type CompareOptions,
  type CompareSide,
  compare,
  type EngineKind,
  type MatrixOptions,
  matrix,
  trace,
} from './library/questions.js';
export { compile, createEngine, plan, render } from './library/tables.js';
export { createWorld, InvalidObjects, type WorldOptions } from './library/world.js';
export { type LoadedObject, type LoadOptions, type LoadResult, loadManifests, loadTexts } from './manifest/load.js';
export type { Family } from './model/address.js';
export { Fault, type FaultCode } from './model/fault.js';
export type { Issue, Place } from './model/issue.js';
export type { EndpointSlice, KubeObject, Node, Pod, Service } from './model/objects.js';
export type { Comparison, DifferenceGroup, DifferingClass } from './observe/compare.js';
export type { FlowRequest } from './observe/flow.js';
export type { MatrixCell, MatrixRow } from './observe/matrix.js';
export { tellStory } from './observe/story.js';
export type { TraceBackend, TraceResult, TraceVerdict } from './observe/trace.js';
export type { World } from './observe/world.js';
export type { Attachment, NodePlan, PlanFrontend, PlanServicePort, ProxyConfig } from './plan/plan.js';
export type { IpvsFlag } from './plan/scheduler.js';
// Stories
export { playOn, playStory, type Row, settingsOf } from './story/play.js';
export { type Setting, Stage } from './story/stage.js';
export { readStories, type Story } from './story/story.js';
