using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using Monorepo.Blobs.Ucx;
using Monorepo.History.Blobs;
using Monorepo.Host.Configuration;
using Monorepo.Native.Ucx;

namespace Monorepo.Host.Serving;

/// <summary>The blob plane's UCX side, when it is on.</summary>
internal sealed class UcxListener : IAsyncDisposable
{
    private const int TokenBytes = 32;

    private readonly UcxBlobServer? _server;

    private UcxListener(UcxBlobServer? server, IBlobOffers offers)
    {
        _server = server;
        Offers = offers;
    }

    /// <summary>Null: off.</summary>
    public IPEndPoint? Address => _server?.Address;

    public string AddressText => Address?.ToString() ?? "off";

    public IBlobOffers Offers { get; }

    /// <summary>Null: off.</summary>
    public UcxBlobServerStatistics? Statistics => _server?.Statistics;

    /// <summary>
    /// Loads the library, which sets the C environment first. Call it before the program has other threads.
    /// </summary>
    /// <exception cref="StartupException">UCX was asked for by address and the library is not there.</exception>
    public static UcxLoad Load(ServerOptions options)
    {
        if (options.UcxMode == UcxMode.Off)
        {
            return new UcxLoad(null, "it was switched off.");
        }

        UcxLoad load = UcxRuntime.TryLoad();
        return load.IsUsable || options.UcxMode == UcxMode.Auto
            ? load
            : throw new StartupException(ExitCode.MissingLibrary, $"--ucx {options.UcxAddress}: {load.Problem} Or use --ucx off.");
    }

    /// <param name="options">Where to listen.</param>
    /// <param name="load">What <see cref="Load"/> gave.</param>
    /// <param name="contents">What is served; stays the caller's.</param>
    /// <param name="log">Told why it stays off.</param>
    /// <exception cref="StartupException">The address asked for can't be listened on.</exception>
    public static async Task<UcxListener> StartAsync(ServerOptions options, UcxLoad load, ContentsSource contents, ServerLog log)
    {
        if (!load.IsUsable)
        {
            log.UcxAbsent(load.Problem!);
            return new UcxListener(null, new NoBlobOffers());
        }

        // A new one for each process: it comes to clients over gRPC, so only who may ask there can connect here.
        byte[] token = RandomNumberGenerator.GetBytes(TokenBytes);
        IPEndPoint address = options.UcxAddress ?? new IPEndPoint(options.Listen.Address, 0);
        try
        {
            UcxBlobServerSettings settings = options.Ucx.Over(new UcxBlobServerSettings
            {
                Fabric = options.Ucx.Over(FabricFor(address.Address)),
                Address = address,
                Arena = contents.Arena,
                TokenCheck = UcxBlobServerSettings.SharedToken(token),
            });
            UcxBlobServer server = await UcxBlobServer.StartAsync(settings, contents.Source, contents.Hot);
            return new UcxListener(server, new UcxBlobOffers(server.Address, token));
        }
        catch (UcxException e) when (options.UcxMode == UcxMode.Auto)
        {
            log.UcxFailed(address, e);
            return new UcxListener(null, new NoBlobOffers());
        }
        catch (UcxException e)
        {
            throw new StartupException(ExitCode.AddressUnusable, $"--ucx {address}: {e.Message} Choose another address or port, or --ucx off.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>
    /// The device that has the address, so that UCX listens nowhere else. UCX_NET_DEVICES wins: only the operator knows that
    /// an RDMA port such as mlx5_0:1 belongs to an interface.
    /// </summary>
    private static UcxFabric FabricFor(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return UcxFabric.LoopbackTcp;
        }

        bool isChosen = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("UCX_NET_DEVICES"));
        NetworkInterface? device = isChosen
            ? null
            : NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(i => i.GetIPProperties().UnicastAddresses.Any(u => u.Address.Equals(address)));
        return new UcxFabric { NetDevices = device?.Name ?? "" };
    }
}
