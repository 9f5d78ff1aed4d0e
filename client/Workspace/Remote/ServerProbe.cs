using System.Diagnostics;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Workspace.Remote;

/// <summary>What a server says of itself when it is asked whether it is there.</summary>
/// <param name="Version">Of its program.</param>
/// <param name="RoundTrip">Of a question on an open connection.</param>
/// <param name="ClockAhead">How far its clock is ahead of the one here, as far as the round trip lets tell.</param>
/// <param name="OffersUcx">It serves contents over UCX too.</param>
public sealed record ServerProbe(string Version, TimeSpan RoundTrip, TimeSpan ClockAhead, bool OffersUcx)
{
    /// <summary>Asks a history server or an edge.</summary>
    /// <exception cref="RpcException">It can't be reached, or is no such server.</exception>
    public static async Task<ServerProbe> AskAsync(Uri server, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using RpcChannel channel = new(server, new RpcChannelOptions { ConnectTimeout = patience });
        RpcCallOptions call = new() { Timeout = patience };

        // The first question pays for the connection.
        await channel.UnaryAsync(OperationsMethods.GetStatistics, new GetStatisticsRequest(), call, cancellationToken);
        DateTimeOffset before = time.GetUtcNow();
        long start = Stopwatch.GetTimestamp();
        ServerStatistics statistics = await channel.UnaryAsync(OperationsMethods.GetStatistics, new GetStatisticsRequest(), call, cancellationToken);
        TimeSpan roundTrip = Stopwatch.GetElapsedTime(start);
        TimeSpan ahead = DateTimeOffset.FromUnixTimeMilliseconds(statistics.NowUnixMs) - (before + (roundTrip / 2));
        return new ServerProbe(statistics.Version, roundTrip, ahead, statistics.Ucx is not null);
    }
}
