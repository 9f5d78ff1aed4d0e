using System.Globalization;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.BlobPlane;

/// <summary>The servers and the clients of the blob plane's benchmarks, each a process that waits for its turn.</summary>
internal sealed class BlobContest : IAsyncDisposable
{
    private readonly Dictionary<string, (ChildProgram Client, int Server)> _clients = new(StringComparer.Ordinal);
    private readonly List<IAsyncDisposable> _programs = [];

    private BlobContest(ProgramRunner runner) => Runner = runner;

    public ProgramRunner Runner { get; }

    /// <param name="bench">Gives programs and folders.</param>
    /// <param name="data">A store of all sets.</param>
    /// <param name="pieceBytes">Of the server over shared memory.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BlobContest> StartAsync(Workbench bench, string data, int pieceBytes, CancellationToken cancellationToken)
    {
        BlobContest contest = new(bench.Runner);
        try
        {
            string config = Path.Combine(bench.Folder, "shm.json");
            await File.WriteAllTextAsync(
                config,
                string.Create(CultureInfo.InvariantCulture, $$"""{ "ucxSettings": { "transports": ["posix", "cma", "tcp"], "rendezvousThreshold": 1048576, "pieceSize": {{pieceBytes}} } }"""),
                cancellationToken);
            MonorepoServer tcp = await contest.ServeAsync(bench, data, "tcp", cancellationToken);
            MonorepoServer shm = await contest.ServeAsync(bench, data, "shm", cancellationToken, "--config", config);
            (ChildProgram rawServer, string rawAddress) = await contest.StartAsync(RawTcpServer.Verb);
            await contest.AddClientAsync("ucx-tcp", tcp.Url, tcp.ProcessId);
            await contest.AddClientAsync("ucx-shm", shm.Url, shm.ProcessId);
            await contest.AddClientAsync("grpc", tcp.Url, tcp.ProcessId);
            await contest.AddClientAsync("raw", rawAddress, rawServer.ProcessId);
            // The slow reader.
            await contest.AddClientAsync("bulk", tcp.Url, tcp.ProcessId, "ucx-tcp");
            return contest;
        }
        catch
        {
            await contest.DisposeAsync();
            throw;
        }
    }

    public ChildProgram Client(string name) => _clients[name].Client;

    public int ServerOf(string name) => _clients[name].Server;

    public Task WarmAsync() => WarmAsync(0.3);

    /// <summary>Everybody reads everything, so that it is hot, and the programs are compiled for what they do.</summary>
    private async Task WarmAsync(double seconds)
    {
        foreach (string name in (string[])["grpc", "ucx-tcp", "ucx-shm", "raw"])
        {
            foreach (BlobSet set in BlobSet.Measured)
                await RunAsync(name, new Load(set.Name, set.Count <= 8 ? 1 : 64, 4, seconds));
        }
    }

    /// <returns>What the client says, and the server's processor time in seconds.</returns>
    public async Task<(LoadResult Result, double ServerCpuSeconds)> RunAsync(string name, Load load)
    {
        (ChildProgram client, int server) = _clients[name];
        double before = ChildProgram.CpuSecondsOf(server);
        LoadResult result = LoadResult.Parse(await client.AskAsync(load.ToLine()));
        return (result, ChildProgram.CpuSecondsOf(server) - before);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable program in Enumerable.Reverse(_programs))
            await program.DisposeAsync();
    }

    private async Task<MonorepoServer> ServeAsync(Workbench bench, string data, string name, CancellationToken cancellationToken, params IEnumerable<string> arguments)
    {
        string copy = Path.Combine(bench.Folder, name);
        await bench.CopyAsync(data, copy, cancellationToken);
        MonorepoServer server = await MonorepoServer.StartAsync(bench.Runner, bench.Tools, copy, cancellationToken, ["--hot-set", "512M", .. arguments]);
        _programs.Add(server);
        return server;
    }

    private async Task AddClientAsync(string name, string address, int server, string? kind = null)
    {
        (ChildProgram client, _) = await StartAsync(LoadProgram.Verb, kind ?? name, address);
        _clients.Add(name, (client, server));
    }

    private async Task<(ChildProgram Program, string FirstLine)> StartAsync(params IEnumerable<string> arguments)
    {
        (ChildProgram program, string line) = await ChildProgram.StartAsync(Runner, arguments);
        _programs.Add(program);
        return (program, line);
    }
}
