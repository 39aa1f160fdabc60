import { describe, expect, test } from "vitest";
import { hostOf, isLocalName, isPrivate, isPrivateHost } from "./address";

describe("an address that is not one of the public network", () => {
  test.each(
    Object.entries({
      "this machine": ["127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "0.1.2.3", "::"],
      "a private network": ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "fc00::1", "fec0::1"],
      "this link": ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1"],
      "a provider's network": ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
      "a cloud's own machines": ["168.63.129.16", "192.0.0.192", "fd00:ec2::254", "169.254.170.2"],
      "protocols and benchmarks": [
        "192.0.0.1",
        "192.0.0.170",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "2001:2::1",
      ],
      documents: ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
      "many at once": ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1", "ff0e::1"],
      "nobody yet": ["240.0.0.1", "4000::1", "8000::1", "5f00::1", "100::1"],
      "IPv4, mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "0:0:0:0:0:ffff:a9fe:a9fe"],
      "IPv4, compatible": ["::127.0.0.1", "::7f00:1", "::10.0.0.1", "::169.254.169.254", "::8.8.8.8"],
      "IPv4, translated": ["::ffff:0:127.0.0.1", "::ffff:0:7f00:1", "::ffff:0:8.8.8.8"],
      "NAT64 of a private address": [
        "64:ff9b::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::a83f:8110",
      ],
      "NAT64 of a network's own": ["64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff::7f00:1"],
      "6to4": ["2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1"],
      Teredo: ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
      ISATAP: ["2001:470:1f0b::5efe:7f00:1", "2001:470:1f0b::200:5efe:10.0.0.1"],
      "no address": ["", "localhost", "127.0.0.1.nip.io", "999.1.1.1", ":::"],
    }).flatMap(([kind, addresses]) => addresses.map((address) => [kind, address] as const)),
  )("%s: %s", (_, address) => expect(isPrivate(address)).toBe(true));
});

test.each([
  "8.8.8.8",
  "1.1.1.1",
  "172.32.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "168.63.129.17",
  "192.0.1.1",
  "198.20.0.1",
  "223.255.255.255",
  "2606:4700::1111",
  "2a00:1450:4001:81b::200e",
  "2001:4860:4860::8888",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
])("%s is public", (address) => expect(isPrivate(address)).toBe(false));

test.each([
  "localhost",
  "LOCALHOST.",
  "a.localhost",
  "metadata.google.internal",
  "metadata",
  "db.internal",
  "nas.local",
  "router.home.arpa",
  "localhost.localdomain",
])("the name %s is not a public one", (name) => expect(isLocalName(name)).toBe(true));

test.each(["example.com", "local.example.com", "internal.example.org", "notlocalhost", "mylocal"])(
  "the name %s may be a public one",
  (name) => expect(isLocalName(name)).toBe(false),
);

test.each([
  "http://0x7f000001/",
  "http://2130706433/",
  "http://0177.0.0.1/",
  "http://127.1/",
  "http://127.0.0.1./",
  "http://[::ffff:127.0.0.1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://localhost./",
  "http://①②⑦.0.0.1/",
])("%s is private, however it is written", (url) => expect(isPrivateHost(hostOf(new URL(url)))).toBe(true));
