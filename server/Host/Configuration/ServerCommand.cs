using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Monorepo.Host.Configuration;

/// <summary>The command line of <c>monorepod</c>.</summary>
internal sealed class ServerCommand
{
    private const string Epilogue = """

        Examples:
          monorepod
              Serve ./monorepo-data to this machine: gRPC on 127.0.0.1:8940, contents over UCX too where libucx0 is installed.
          monorepod --data /srv/monorepo --listen 10.0.0.5:8940 --http 10.0.0.5:8080 --memory 8G --memcached cache1:11211,cache2:11211
              Serve a network. There is no authentication yet: keep the ports behind a firewall.
          monorepod --role blobs --origin http://10.0.0.5:8940 --listen 10.1.0.5:8940 --memcached cache1.site:11211
              An edge near its clients. It serves what its memcached has while the history server is away. Name it to clients with
              --edges there, or 'mr clone --blobs'.
          monorepod --config /etc/monorepod.json --log-format json
              Options from a file, logs for a collector.

        Config file (JSON; comments and trailing commas allowed; keys as below, each may be left out; the command line wins):
          { "data": "/srv/monorepo", "listen": "10.0.0.5:8940", "http": "10.0.0.5:8080", "memcached": ["cache1:11211"],
            "memcachedTls": "off", "verifyCache": false, "leaseTime": "2", "role": "both", "edges": ["http://10.1.0.5:8940"],
            "ucx": "auto", "memory": "8G", "hotSet": "16G", "foldEvery": "10", "otlp": "off", "logLevel": "info", "logFormat": "json",
            // Rules for pushes; "repositories" holds the same keys for one repository, which win over these.
            "push": { "maxFileBytes": "100M", "maxPathBytes": 1024, "forbiddenPaths": ["*.exe", "secrets/"], "caseCollisions": false,
                      "messagePattern": "^[A-Z]+-[0-9]+: ",
                      "refs": [{ "pattern": "refs/heads/main", "rebase": true, "protected": true },
                               { "pattern": "refs/heads/release/*", "directPush": false }] },
            // How contents use the network; what is left out is chosen by the address. Sizes are bytes.
            "ucxSettings": { "threads": 8, "pinThreads": true, "devices": ["mlx5_0:1"], "transports": ["rc", "dc", "ud", "tcp"],
                             "rendezvousThreshold": 0, "rails": 1, "pieceSize": 1048576, "sendWindow": 4194304, "registerMemory": true,
                             "spinMicroseconds": 50, "maxSessions": 1024, "requestsPerSession": 32 },
            // How much of the log of ref updates subscribers can read.
            "refLog": { "maxUpdates": 1000000, "maxAgeDays": 90 },
            "repositories": { "demo": { "push": { "maxFileBytes": "1G" }, "refLog": { "maxUpdates": 1000 } } } }
          UCX: threads is one for each processor unless said; rendezvousThreshold 0 leaves it to UCX, which is right for InfiniBand; on loopback
          and Ethernet 262144 is faster. For clients on this machine, transports ["posix", "cma", "tcp"] with rendezvousThreshold 1048576 and
          pieceSize 262144 is shared memory (clients must ask for it too). Leave registerMemory on where there is a NIC, and ulimit -l unlimited.
          Refs: the first pattern that matches counts. rebase: the server rebases pushes that are behind; protected: neither forced nor
          deleted; directPush false: no pushes at all. Paths: * and ? stay within a name, ** crosses names, a pattern without a slash
          matches names at any depth, one that ends in a slash directories.

        When it serves, one line on standard output says where (ports that were 0 are real then):
          ready grpc=http://127.0.0.1:8940 http=http://127.0.0.1:41234 ucx=127.0.0.1:39100 memcached=0 repositories=1
        An edge says origin=URL in place of repositories=. /healthz answers 200 "ok", 200 {"status":"degraded","reasons":[...]}, or 503.
        Logs go to standard error. SIGTERM and SIGINT drain for at most 10 seconds.

        Exit codes:
          0 stopped in order   1 failed   2 bad command line or config   3 data directory in use
          4 data of another format, or damaged   5 an address can't be listened on   6 a library is missing
        """;

    private readonly Option<string?> _config = Text("--config", "FILE", "Read options from a JSON file. The command line wins over it.");
    private readonly Option<string?> _data = Text("--data", "DIR", "The directory of the data; made when absent. An edge keeps an access log there and nothing else, and none without. [default: monorepo-data]");
    private readonly Option<string?> _listen = Text("--listen", "IP:PORT", "Where to serve gRPC (HTTP/2 without TLS). Port 0: any free one. [default: 127.0.0.1:8940]");
    private readonly Option<string?> _http = Text("--http", "IP:PORT|off", "Where to serve /healthz over HTTP/1.1. [default: 127.0.0.1:0]");
    private readonly Option<string?> _memcached = Text("--memcached", "HOST:PORT,...", "Cache contents in these memcached servers. Every server and edge must name the same ones in the same spelling. [default: none]");
    private readonly Option<string?> _memcachedTls = Text("--memcached-tls", "off|system|FILE", "TLS to memcached, its certificates vouched for by this machine's authorities or by those in a PEM file. [default: off]");
    private readonly Option<string?> _verifyCache = Text("--verify-cache", "on|off", "Check all that memcached gives against its id, not only what a client got wrong bytes for. [default: off]");
    private readonly Option<string?> _leaseTime = Text("--lease-time", "SECONDS", "How long one server has to read what several miss in memcached before another does: above what a busy store takes. [default: 2]");
    private readonly Option<string?> _role = Text("--role", "both|history|blobs", "history: clients get contents from the edges alone. blobs: an edge, which has no data and asks --origin for what memcached does not have. [default: both]");
    private readonly Option<string?> _origin = Text("--origin", "URL", "Of an edge: the history server, http://HOST:PORT.");
    private readonly Option<string?> _edges = Text("--edges", "URL,...", "Tell clients to get contents from these edges, in this order, before this server. [default: none]");
    private readonly Option<string?> _ucx = Text("--ucx", "auto|off|IP:PORT", "Serve contents over UCX (RDMA, shared memory or TCP). auto: on the address of --listen, any free port, where the library is there. [default: auto]");
    private readonly Option<string?> _memory = Text("--memory", "SIZE", "Budget of the store's caches and write buffers, such as 512M or 4G. [default: 384M]");
    private readonly Option<string?> _hotSet = Text("--hot-set", "SIZE|off", "Contents asked for again and again are kept in memory up to this, such as 512M or 16G. [default: an eighth of the memory, 64M to 8G]");
    private readonly Option<string?> _foldEvery = Text("--fold-every", "MINUTES|off", "How often pushed versions of the same files are folded together, on one core, to save space. [default: 10]");
    private readonly Option<string?> _otlp = Text("--otlp", "URL|off", "Send metrics to an OpenTelemetry collector by gRPC, such as http://127.0.0.1:4317. [default: off]");
    private readonly Option<string?> _logLevel = Text("--log-level", "LEVEL", "trace, debug, info, warn or error. [default: info]");
    private readonly Option<string?> _logFormat = Text("--log-format", "text|json", "Lines for people, or one JSON object a line. [default: text]");
    private readonly RootCommand _root;

    /// <param name="run">Serves with the options and returns the exit code.</param>
    public ServerCommand(Func<ServerOptions, Task<int>> run)
    {
        _root = new RootCommand("Serves repositories: history, trees and contents.")
        {
            _config, _role, _data, _origin, _edges, _listen, _http, _memcached, _memcachedTls, _verifyCache, _leaseTime, _ucx, _memory, _hotSet, _foldEvery, _otlp, _logLevel, _logFormat,
        };
        _root.SetAction((result, _) => run(Resolve(result)));
        foreach (HelpOption help in _root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithEpilogue((HelpAction)help.Action!);
        }
    }

    /// <summary>Reads the arguments and does what they say.</summary>
    /// <exception cref="StartupException">They say nothing sensible, or <c>run</c> threw it.</exception>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments, TextWriter output)
    {
        ParseResult result = _root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not HelpWithEpilogue)
        {
            throw new StartupException(ExitCode.Usage, $"{result.Errors[0].Message} See 'monorepod --help'.");
        }

        // Signals are the server's own business: it drains.
        return await result.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    private ServerOptions Resolve(ParseResult result)
    {
        OptionTexts line = new()
        {
            Data = Given(result, _data),
            Listen = Given(result, _listen),
            Http = Given(result, _http),
            Role = Given(result, _role),
            Origin = Given(result, _origin),
            Edges = Given(result, _edges),
            Memcached = Given(result, _memcached),
            MemcachedTls = Given(result, _memcachedTls),
            VerifyCache = Given(result, _verifyCache),
            LeaseTime = Given(result, _leaseTime),
            Ucx = Given(result, _ucx),
            Memory = Given(result, _memory),
            HotSet = Given(result, _hotSet),
            FoldEvery = Given(result, _foldEvery),
            Otlp = Given(result, _otlp),
            LogLevel = Given(result, _logLevel),
            LogFormat = Given(result, _logFormat),
        };
        (OptionTexts file, UcxOptions ucx, RepositoryRules rules) =
            result.GetValue(_config) is { } path ? ConfigFile.Read(path) : (new OptionTexts(), new UcxOptions(), RepositoryRules.None);
        return ServerOptions.From(line.Over(file)) with { Ucx = ucx, Rules = rules };
    }

    private static OptionText? Given(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } value ? new OptionText(value, option.Name) : null;

    private static Option<string?> Text(string name, string valueName, string description) =>
        new(name) { HelpName = valueName, Description = description, Arity = ArgumentArity.ExactlyOne };

    private sealed class HelpWithEpilogue(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = inner.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(Epilogue);
            return code;
        }
    }
}
