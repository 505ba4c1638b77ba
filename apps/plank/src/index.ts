export { plankApp } from './plank-app.ts';
