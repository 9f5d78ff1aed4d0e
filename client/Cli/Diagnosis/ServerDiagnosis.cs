using System.Globalization;
using Monorepo.Native.Ucx;
using Monorepo.Rpc;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Diagnosis;

/// <summary>Looks at the server, the edges, and the ways to them.</summary>
public static class ServerDiagnosis
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // Commits of clocks that differ by more stand in a wrong order in everybody's log.
    private static readonly TimeSpan s_skewMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_roundTripMax = TimeSpan.FromMilliseconds(200);

    public static async Task<IReadOnlyList<Finding>> LookAsync(CommandContext context, CancellationToken cancellationToken)
    {
        Uri server = context.Clone.Url.Server;
        List<Finding> findings = [];
        ServerProbe? probe = await ProbeAsync("server", server, Verdict.Fail, "Is the address right ('mr remote -v'), and is the server running? What is here works without it.", findings, cancellationToken);
        if (probe is not null)
        {
            findings.Add(OfClock(probe));
        }

        bool offersUcx = probe?.OffersUcx == true;
        foreach (Uri edge in context.EdgesOf(context.Clone))
        {
            ServerProbe? answer = await ProbeAsync("edge", edge, Verdict.Warn, "Contents come from the next edge or the server meanwhile; 'mr config set blobs URL,…' names others.", findings, cancellationToken);
            offersUcx |= answer?.OffersUcx == true;
        }

        findings.Add(OfUcx(context.Surroundings.ForceGrpc, offersUcx, probe is not null));
        return findings;
    }

    private static async Task<ServerProbe?> ProbeAsync(string subject, Uri address, Verdict verdict, string fix, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            ServerProbe probe = await ServerProbe.AskAsync(address, s_patience, TimeProvider.System, cancellationToken);
            string text = string.Create(CultureInfo.InvariantCulture, $"{address.Authority}, version {probe.Version}, answers in {probe.RoundTrip.TotalMilliseconds:0.0} ms");
            findings.Add(probe.RoundTrip > s_roundTripMax
                ? new Finding(subject, Verdict.Warn, text, "That is far: an edge near you would bring contents sooner.")
                : new Finding(subject, Verdict.Ok, text));
            return probe;
        }
        catch (RpcException e)
        {
            findings.Add(new Finding(subject, verdict, $"{address.Authority} can't be asked: {e.Detail}", fix));
            return null;
        }
    }

    private static Finding OfClock(ServerProbe probe)
    {
        TimeSpan skew = probe.ClockAhead.Duration();
        string text = string.Create(CultureInfo.InvariantCulture, $"{skew.TotalSeconds:0.0} s {(probe.ClockAhead < TimeSpan.Zero ? "ahead of" : "behind")} the server's");
        return skew > s_skewMax
            ? new Finding("clock", Verdict.Warn, text, "Set it by NTP ('timedatectl set-ntp true'): commits carry its time.")
            : new Finding("clock", Verdict.Ok, text);
    }

    private static Finding OfUcx(bool isForbidden, bool isOffered, bool isServerThere)
    {
        if (isForbidden)
        {
            return new Finding("ucx", Verdict.Ok, "not used: MR_BLOBS says grpc");
        }

        UcxLoad ucx = UcxRuntime.TryLoad();
        if (!ucx.IsUsable)
        {
            return new Finding("ucx", isOffered ? Verdict.Warn : Verdict.Ok, $"not usable: {ucx.Problem}", isOffered ? $"Install {UcxRuntime.PackageName}; without it contents come over gRPC." : null);
        }

        return new Finding("ucx", Verdict.Ok, $"version {ucx.Version} is usable{(isOffered ? "" : isServerThere ? "; the server does not offer it" : "")}");
    }
}
