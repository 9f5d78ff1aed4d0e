using Monorepo.Native.Ucx;
using Monorepo.Testing.Blobs;

namespace Monorepo.Blobs.Ucx.Tests;

/// <summary>The conformance suite over real UCX on the loopback.</summary>
public abstract class UcxBlobTransportConformance : BlobTransportConformance
{
    protected abstract UcxFabric Fabric { get; }

    protected virtual int MessageBytesMax => BlobLimits.MessageBytesMax;

    protected override async Task<BlobTransportHarness> StartAsync(IBlobSource source) => await UcxHarness.StartAsync(source, Fabric, MessageBytesMax);
}

public sealed class TcpBlobTransportTests : UcxBlobTransportConformance
{
    protected override UcxFabric Fabric => UcxFabric.LoopbackTcp;
}

public sealed class SameHostBlobTransportTests : UcxBlobTransportConformance
{
    protected override UcxFabric Fabric => UcxFabric.SameHost;
}

/// <summary>UCX's own thresholds, where requests of some hundred ids come by rendezvous too, and messages so short that every reply is cut.</summary>
public sealed class TinyMessagesBlobTransportTests : UcxBlobTransportConformance
{
    protected override UcxFabric Fabric => UcxFabric.LoopbackTcp with { RendezvousThresholdBytes = 1024 };

    protected override int MessageBytesMax => 10_007;
}

/// <summary>A server and a client of it in this process.</summary>
internal sealed class UcxHarness : BlobTransportHarness
{
    internal static readonly byte[] Token = "a token"u8.ToArray();

    private readonly UcxBlobTransport _transport;

    private UcxHarness(UcxBlobServer server, UcxBlobTransport transport)
    {
        Server = server;
        _transport = transport;
    }

    internal UcxBlobServer Server { get; }

    public override IBlobTransport Transport => _transport;

    internal static async Task<UcxHarness> StartAsync(IBlobSource source, UcxFabric fabric, int messageBytesMax = BlobLimits.MessageBytesMax)
    {
        SkipWithoutUcx();
        UcxBlobServer server = await UcxBlobServer.StartAsync(ServerSettings with { Fabric = fabric, MessageBytesMax = messageBytesMax }, source);
        try
        {
            return new UcxHarness(server, await UcxBlobTransport.ConnectAsync(ClientSettings(server) with { Fabric = fabric }, TestContext.Current.CancellationToken));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    internal static UcxBlobServerSettings ServerSettings { get; } = new()
    {
        TokenCheck = UcxBlobServerSettings.SharedToken(Token),
        DrainTimeoutMs = 2_000,
    };

    internal static UcxBlobClientSettings ClientSettings(UcxBlobServer server) => new() { Address = server.Address, Token = Token };

    internal static void SkipWithoutUcx()
    {
        UcxLoad load = UcxRuntime.TryLoad();
        if (!load.IsUsable)
            Assert.Skip(load.Problem!);
    }

    public override async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await Server.DisposeAsync();
    }
}
