// A real S3 server on this machine for tests: Ceph's radosgw on one monitor and one OSD that keeps everything in memory.
//   npm run stores:up     installs Debian's packages if they are missing (as root), starts it on free ports, prints how to use it
//   npm run stores:down   stops it and removes its folder, .cache/radosgw
// It takes about 15 seconds to start and 400 MB of memory. Only processes that it started itself are stopped.
import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = join(TOP, ".cache", "radosgw");
const CONF = join(FOLDER, "ceph.conf");
const KEYRING = join(FOLDER, "keyring");
/** What tests read to find the server. */
const ACCESS = join(FOLDER, "access.json");
const PACKAGES = ["ceph-mon", "ceph-osd", "radosgw", "ceph-common"];
const STORE_BYTES = 4 * 1024 ** 3;
const START_SECONDS_MAX = 90;
const STOP_SECONDS_MAX = 20;

/** @param {number} milliseconds */
const sleep = async (milliseconds) => await new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/**
 * Runs a program to its end. @param {string} program @param {readonly string[]} given @param {number} [seconds]
 * @returns {string} what it printed
 */
function run(program, given, seconds = START_SECONDS_MAX) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, given, { encoding: "utf8", timeout: seconds * 1000, stdio: ["ignore", "pipe", "pipe"] });
  if (status === 0) return stdout;
  throw new Error(`${program} ${given.join(" ")}: ${error?.message ?? `ended with ${signal ?? status}`}\n${stderr}`);
}

/** @param {string} program */
const isInstalled = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

function install() {
  if (["ceph-mon", "ceph-osd", "radosgw", "ceph"].every(isInstalled)) return;
  const command = `apt-get install -y --no-install-recommends ${PACKAGES.join(" ")}`;
  if (process.getuid?.() !== 0 || !isInstalled("apt-get")) throw new Error(`Ceph is not installed. On Debian or Ubuntu, as root: ${command}`);
  console.log(`${command} (about 200 MB) …`);
  for (const given of [["apt-get", "update", "-qq"], command.split(" ")]) {
    const { status } = spawnSync(given[0], given.slice(1), { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
    if (status !== 0) throw new Error(`${given.join(" ")} failed`);
  }
}

/** @param {number} count */
async function freePorts(count) {
  const servers = [];
  for (let index = 0; index < count; index++) {
    const server = createServer();
    await new Promise((resolve) => { server.listen(0, "127.0.0.1", () => resolve(undefined)); });
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map(async (server) => await new Promise((resolve) => { server.close(resolve); })));
  return ports;
}

/** Processes that were started with our configuration, by their own files of ids. */
function running() {
  const runFolder = join(FOLDER, "run");
  if (!existsSync(runFolder)) return [];
  const ids = readdirSync(runFolder).filter((name) => name.endsWith(".pid")).map((name) => Number(readFileSync(join(runFolder, name), "utf8")));
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, "utf8").includes(CONF);
    } catch {
      return false;
    }
  });
}

async function up() {
  if (running().length > 0 && existsSync(ACCESS)) {
    console.log("It is running already.");
    printUse();
    return;
  }
  await down();
  install();
  const started = performance.now();
  for (const name of ["mon", "osd", "run", "log"]) mkdirSync(join(FOLDER, name), { recursive: true });
  const [mon2 = 0, mon1 = 0, gateway = 0] = await freePorts(3);
  const [fsid, osd] = [randomUUID(), randomUUID()];
  const monitors = `[v2:127.0.0.1:${mon2},v1:127.0.0.1:${mon1}]`;
  writeFileSync(CONF, `[global]
fsid = ${fsid}
mon host = ${monitors}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${KEYRING}
auth allow insecure global id reclaim = true
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
run dir = ${FOLDER}/run
log file = ${FOLDER}/log/$name.log
pid file = ${FOLDER}/run/$name.pid
admin socket = ${FOLDER}/run/$name.asok
[mon.a]
host = localhost
mon data = ${FOLDER}/mon
[osd]
osd data = ${FOLDER}/osd
osd objectstore = memstore
memstore device bytes = ${STORE_BYTES}
[client.rgw]
keyring = ${KEYRING}
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw data = ${FOLDER}
`);
  const access = { endpoint: `http://127.0.0.1:${gateway}`, accessKeyId: "test", secretAccessKey: randomBytes(16).toString("hex") };
  const conf = ["-c", CONF];
  const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
  run("ceph-authtool", ["--create-keyring", KEYRING, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"]);
  for (const name of ["client.admin", "client.rgw"]) run("ceph-authtool", [KEYRING, "--gen-key", "-n", name, ...all]);
  run("ceph-authtool", [KEYRING, "--gen-key", "-n", "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"]);
  run("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", monitors, join(FOLDER, "monmap")]);
  run("ceph-mon", [...conf, "-i", "a", "--keyring", KEYRING, "--monmap", join(FOLDER, "monmap"), "--mkfs"]);
  run("ceph-mon", [...conf, "-i", "a"]);
  run("ceph", [...conf, "osd", "new", osd]);
  run("ceph-osd", [...conf, "-i", "0", "--mkfs", "--osd-uuid", osd]);
  run("ceph", [...conf, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost"]);
  run("ceph-osd", [...conf, "-i", "0"]);
  run("radosgw-admin", [...conf, "-n", "client.rgw", "user", "create", "--uid=test", "--display-name=test", "--max-buckets=0",
    `--access-key=${access.accessKeyId}`, `--secret-key=${access.secretAccessKey}`]);
  run("radosgw", [...conf, "-n", "client.rgw"]);
  await answers(access.endpoint);
  writeFileSync(ACCESS, `${JSON.stringify(access)}\n`, { mode: 0o600 });
  console.log(`radosgw is up after ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  printUse();
}

/** @param {string} endpoint */
async function answers(endpoint) {
  for (let tries = 0; tries < START_SECONDS_MAX * 4; tries++) {
    try {
      await (await fetch(endpoint)).arrayBuffer();
      return;
    } catch {
      await sleep(250);
    }
  }
  throw new Error(`radosgw does not answer at ${endpoint}; see ${FOLDER}/log`);
}

function printUse() {
  const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(readFileSync(ACCESS, "utf8"));
  console.log(`Tests find it by themselves. For anything else:
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  openStore("s3://BUCKET/PREFIX?endpoint=${endpoint}&provider=ceph")
Stop it by: npm run stores:down`);
}

async function down() {
  const ids = running();
  for (const id of ids) process.kill(id, "SIGTERM");
  for (let tries = 0; tries < STOP_SECONDS_MAX * 10 && running().length > 0; tries++) await sleep(100);
  for (const id of running()) process.kill(id, "SIGKILL");
  rmSync(FOLDER, { recursive: true, force: true });
  return ids.length;
}

const [, , command] = process.argv;
try {
  if (command === "up") await up();
  else if (command === "down") console.log((await down()) > 0 ? "Stopped." : "It was not running.");
  else throw new Error("radosgw.mjs up | down");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  if (command === "up") await down();
}
