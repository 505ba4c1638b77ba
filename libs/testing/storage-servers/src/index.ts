export { startS3Server } from './s3-server.ts';
export type { S3Server } from './s3-server.ts';
export { startGcsServer } from './gcs-server.ts';
export type { GcsServer } from './gcs-server.ts';
export type { Faults } from './faults.ts';
export { StoredObjects } from './stored-objects.ts';
export type { StoredObject } from './stored-objects.ts';
