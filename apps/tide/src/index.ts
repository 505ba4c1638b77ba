export { tideApp } from './tide-app.ts';
