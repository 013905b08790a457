#!/usr/bin/env node
import { runProcess } from '@gamekeeper/cli';

await runProcess({ argv: process.argv.slice(2) });
