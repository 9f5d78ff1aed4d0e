using System.Text.Json.Serialization;
using Monorepo.Blobs;
using Monorepo.Blobs.Ucx;

namespace Monorepo.Host.Configuration;

/// <summary>The config file's key <c>ucxSettings</c>: how the blob plane uses the network. Sizes are bytes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record UcxSection
{
    /// <summary>I/O threads.</summary>
    public int? Threads { get; init; }

    public bool? PinThreads { get; init; }

    /// <summary>UCX's names of devices, such as <c>mlx5_0:1</c> or <c>eth0</c>.</summary>
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>UCX's names of transports, tcp last: <c>["rc", "dc", "ud", "tcp"]</c>.</summary>
    public IReadOnlyList<string>? Transports { get; init; }

    public int? RendezvousThreshold { get; init; }

    public int? Rails { get; init; }

    public int? PieceSize { get; init; }

    public int? SendWindow { get; init; }

    public bool? RegisterMemory { get; init; }

    public int? SpinMicroseconds { get; init; }

    public int? MaxSessions { get; init; }

    public int? RequestsPerSession { get; init; }
}

/// <summary>What the operator asks of the blob plane over UCX, checked; what he does not say is chosen by the address.</summary>
internal sealed record UcxOptions
{
    private UcxSection Section { get; init; } = new();

    /// <exception cref="StartupException">A value makes no sense; the message names its key.</exception>
    public static UcxOptions From(UcxSection? section, string key)
    {
        UcxSection given = section ?? new UcxSection();
        Check(given.Threads, 1, UcxBlobServerSettings.ThreadsLimit, "threads");
        Check(given.RendezvousThreshold, 0, int.MaxValue, "rendezvousThreshold");
        Check(given.Rails, 1, 16, "rails");
        Check(given.PieceSize, 64 << 10, BlobLimits.MessageBytesMax, "pieceSize");
        Check(given.SendWindow, 64 << 10, int.MaxValue, "sendWindow");
        Check(given.SpinMicroseconds, 0, 10_000, "spinMicroseconds");
        Check(given.MaxSessions, 1, int.MaxValue, "maxSessions");
        Check(given.RequestsPerSession, 1, 65_536, "requestsPerSession");
        return new UcxOptions { Section = given };

        void Check(int? value, int min, int max, string name)
        {
            if (value < min || value > max)
            {
                throw new StartupException(ExitCode.Usage, $"{key}.{name}: {value} is not {min} to {max}.");
            }
        }
    }

    /// <summary>The fabric for an address, with what was said in place of what was chosen.</summary>
    public UcxFabric Over(UcxFabric chosen) => chosen with
    {
        NetDevices = Section.Devices is { } devices ? string.Join(',', devices) : chosen.NetDevices,
        Transports = Section.Transports is { } transports ? string.Join(',', transports) : chosen.Transports,
        RendezvousThresholdBytes = Section.RendezvousThreshold ?? chosen.RendezvousThresholdBytes,
        RendezvousRailsMax = Section.Rails ?? chosen.RendezvousRailsMax,
        PieceBytes = Section.PieceSize ?? chosen.PieceBytes,
        SendWindowBytes = Section.SendWindow ?? chosen.SendWindowBytes,
        RegistersMemory = Section.RegisterMemory ?? chosen.RegistersMemory,
    };

    /// <summary>The settings with what was said in place of the defaults.</summary>
    public UcxBlobServerSettings Over(UcxBlobServerSettings defaults) => defaults with
    {
        Threads = Section.Threads ?? defaults.Threads,
        PinsThreads = Section.PinThreads ?? defaults.PinsThreads,
        SpinMaxUs = Section.SpinMicroseconds ?? defaults.SpinMaxUs,
        SessionsMax = Section.MaxSessions ?? defaults.SessionsMax,
        RequestsPerSessionMax = Section.RequestsPerSession ?? defaults.RequestsPerSessionMax,
    };
}
