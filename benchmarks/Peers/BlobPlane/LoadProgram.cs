using System.Diagnostics;
using System.Net;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Peers.BlobPlane;

/// <summary>
/// A client in a process of its own: connects, says "ready", then does the loads it reads from standard input, one line each, and prints a result for
/// each. Ends with its input.
/// </summary>
internal static class LoadProgram
{
    public const string Verb = "--load";

    private const int LatenciesMax = 1 << 21;

    /// <param name="arguments">The kind of transport, and where the server is.</param>
    public static async Task<int> RunAsync(ReadOnlyMemory<string> arguments)
    {
        await using IBlobTransport transport = await ConnectAsync(arguments.Span[0], arguments.Span[1]);
        Latencies latencies = new();
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { } line)
            await Console.Out.WriteLineAsync((await RunAsync(transport, Load.Parse(line), latencies)).ToLine());
        return 0;
    }

    private static async Task<IBlobTransport> ConnectAsync(string kind, string server)
    {
        switch (kind)
        {
            case "grpc":
                return new GrpcBlobTransport(new RpcChannel(new Uri(server), new RpcChannelOptions { ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax }));
            case "raw":
                return await RawTcpTransport.ConnectAsync(IPEndPoint.Parse(server));
            case "ucx-tcp" or "ucx-shm":
                using (RpcChannel channel = new(new Uri(server), new RpcChannelOptions()))
                {
                    BlobOffer offer = await channel.UnaryAsync(BlobMethods.GetOffer, new GetOfferRequest { Repository = SubjectStore.Repository });
                    BlobEndpoint endpoint = offer.Endpoints.FirstOrDefault() ?? throw new BenchmarkException("the server offers no UCX");
                    return await UcxBlobTransport.ConnectAsync(
                        new UcxBlobClientSettings
                        {
                            Address = new IPEndPoint(IPAddress.Parse(endpoint.Host), (int)endpoint.Port),
                            Token = endpoint.Token.Memory,
                            Fabric = kind == "ucx-tcp" ? UcxFabric.LoopbackTcp : UcxFabric.SameHost,
                            CompletesInline = true,
                        },
                        CancellationToken.None);
                }

            default:
                throw new BenchmarkException($"there is no transport '{kind}'");
        }
    }

    private static async Task<LoadResult> RunAsync(IBlobTransport transport, Load load, Latencies latencies)
    {
        BlobSet set = BlobSet.Named(load.Set);
        ObjectId[] ids = set.Ids();
        RepositoryName repository = RepositoryName.Parse(SubjectStore.Repository);
        GC.Collect();
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(load.Seconds * Stopwatch.Frequency);
        if (transport is RawTcpTransport raw)
            return Result(load, set, await Task.Run(() => raw.Run(repository, ids, load.Keys, load.Outstanding, end)), begin, cpu);
        List<long>[] lanes = latencies.Begin(load.Outstanding);
        await Task.WhenAll(lanes.Select((into, lane) => Task.Run(() => LaneAsync(transport, repository, ids, set, load.Keys, lane, into, end))));
        return Result(load, set, latencies.End(), begin, cpu);
    }

    private static async Task LaneAsync(IBlobTransport transport, RepositoryName repository, ObjectId[] ids, BlobSet set, int keys, int lane, List<long> latencies, long end)
    {
        Random random = new(lane);
        ObjectId[] asked = new ObjectId[keys];
        long now = Stopwatch.GetTimestamp();
        while (now < end && latencies.Count < LatenciesMax)
        {
            Pick(random, ids, asked);
            using (BlobReply reply = await transport.GetAsync(repository, asked, BlobReadOptions.None, CancellationToken.None).ConfigureAwait(false))
                Check(reply, set);
            long after = Stopwatch.GetTimestamp();
            latencies.Add(after - now);
            now = after;
        }
    }

    internal static void Pick(Random random, ObjectId[] ids, ObjectId[] asked)
    {
        int at = random.Next(ids.Length);
        for (int i = 0; i < asked.Length; i++)
            asked[i] = ids[(at + (i * 7)) % ids.Length];
    }

    private static void Check(BlobReply reply, BlobSet set)
    {
        foreach (ref readonly BlobEntry entry in reply.Entries)
        {
            // An envelope is a header of five bytes and the contents, which don't compress.
            if (entry.Outcome != BlobOutcome.Found || entry.Envelope.Length < set.SizeBytes)
                throw new BenchmarkException($"an answer was {entry.Outcome} of {entry.Envelope.Length} bytes");
        }
    }

    private static LoadResult Result(Load load, BlobSet set, List<long> latencies, long begin, TimeSpan cpu)
    {
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        latencies.Sort();
        double Us(double quantile) => latencies.Count == 0 ? 0 : latencies[(int)((latencies.Count - 1) * quantile)] * 1e6 / Stopwatch.Frequency;
        return new LoadResult(latencies.Count, (long)latencies.Count * load.Keys * set.SizeBytes, seconds, Us(0.5), Us(0.99), used);
    }

    /// <summary>Lists that serve one load after the other: in a soak the memory is to be the transport's.</summary>
    private sealed class Latencies
    {
        // More than one lane has in the seconds of a load.
        private const int LaneMax = 1 << 18;
        private const int AllMax = 1 << 20;

        private readonly List<List<long>> _lanes = [];
        private readonly List<long> _all = new(AllMax);
        private int _used;

        public List<long>[] Begin(int lanes)
        {
            while (_lanes.Count < lanes)
                _lanes.Add(new List<long>(LaneMax));
            _used = lanes;
            _lanes.ForEach(static lane => lane.Clear());
            return [.. _lanes.Take(lanes)];
        }

        public List<long> End()
        {
            _all.Clear();
            foreach (List<long> lane in _lanes.Take(_used))
                _all.AddRange(lane);
            return _all;
        }
    }
}
