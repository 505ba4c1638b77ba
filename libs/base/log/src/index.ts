export { createLogger } from './create-logger.ts';
export type { LoggerOptions, LogStream } from './create-logger.ts';
export { silentLogger } from './logger.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
