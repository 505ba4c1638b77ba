export { manualTriggerApp } from './manual-trigger-app.ts';
