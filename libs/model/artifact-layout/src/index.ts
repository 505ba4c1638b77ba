export type { JobType, LayoutConfiguration, LayoutJob, LayoutRefs } from './job.ts';
export { repositorySegment } from './segment.ts';
export {
  aliasPath, artifactsFolder, basePath, buildLogFile, cloneLogFile, cloneRecordsFile, finishedFile, historyPath, latestBuildFile,
  latestBuildPaths, logChunkPath, logChunkPrefix, metadataFile, podInfoFile, prowJobFile, sidecarLogsFile, startedFile,
} from './paths.ts';
export { objectUrl, parseBucket } from './bucket.ts';
export type { BucketAddress, StorageProvider } from './bucket.ts';
export { jobUrl, jobUrlPrefix } from './job-url.ts';
export type { JobUrlConfiguration, UrlJob } from './job-url.ts';
