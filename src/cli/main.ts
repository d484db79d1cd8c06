#!/usr/bin/env node
// main.ts - argv → command. Every verb is a file beside this one that registers itself.
import { Command } from 'commander';

const registers: ((program: Command) => void)[] = [];

const program = new Command('kubewire');
program.description('Run a Kubernetes Service network on one Linux machine, packet by packet and without a cluster');
for (const register of registers) register(program);
await program.parseAsync();
