// The controllers in a world of faults, under a seed.
export { runSimulation } from './run-simulation.ts';
export type { Encounters, SimulationOptions, SimulationResult } from './run-simulation.ts';
export { drawFaults, noFaults } from './faults.ts';
export type { Faults } from './faults.ts';
export { SeededRandom } from './seeded-random.ts';
export { SimulatedClock } from './simulated-clock.ts';
export { SimulatedApi, SimulatedApiError } from './simulated-api.ts';
export { SimulatedClient } from './simulated-client.ts';
export type { LineOptions } from './simulated-client.ts';
export type { SimulatedProcess } from './simulated-process.ts';
