using System.Net;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>Makes UCX transports of what a server offers, where this machine has the library. Thread-safe.</summary>
public sealed class UcxTransports : IBlobTransportFactory
{
    public IBlobTransport? TryCreate(BlobAddress address, out string? reason)
    {
        if (!string.Equals(address.Transport, "ucx", StringComparison.Ordinal))
        {
            reason = $"the transport '{address.Transport}' is unknown to this program";
            return null;
        }

        UcxLoad ucx = UcxRuntime.TryLoad();
        if (!ucx.IsUsable)
        {
            reason = ucx.Problem;
            return null;
        }

        if (!IPAddress.TryParse(address.Host, out IPAddress? ip) || address.Port is 0 or > ushort.MaxValue)
        {
            reason = $"the server offers UCX at '{address.Host}:{address.Port}', which is no address";
            return null;
        }

        reason = null;
        bool local = IPAddress.IsLoopback(ip);
        return new Deferred(new UcxBlobClientSettings
        {
            Address = new IPEndPoint(ip, (int)address.Port),
            Token = address.Token,
            // Away from this host UCX picks devices and thresholds by itself: RDMA where there is a NIC.
            Fabric = local ? UcxFabric.LoopbackTcp : new UcxFabric { NetDevices = "" },
        });
    }

    /// <summary>Connects at the first request, so that a command that finds everything in the cache pays nothing.</summary>
    private sealed class Deferred(UcxBlobClientSettings settings) : IBlobTransport
    {
        private readonly SemaphoreSlim _gate = new(1);
        private UcxBlobTransport? _transport;

        public string Name => "ucx";

        public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken) =>
            await (await ConnectAsync(cancellationToken)).GetAsync(repository, ids, options, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (_transport is not null)
            {
                await _transport.DisposeAsync();
            }

            _gate.Dispose();
        }

        private async ValueTask<UcxBlobTransport> ConnectAsync(CancellationToken cancellationToken)
        {
            await _gate.WaitAsync(cancellationToken);
            try
            {
                return _transport ??= await UcxBlobTransport.ConnectAsync(settings, cancellationToken);
            }
            finally
            {
                _gate.Release();
            }
        }
    }
}
