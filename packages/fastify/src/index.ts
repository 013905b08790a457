export { gamekeeper, type GamekeeperPluginOptions } from './gamekeeper.ts';
