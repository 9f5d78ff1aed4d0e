using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Monorepo.Host.Configuration;
using Monorepo.Host.Health;
using Monorepo.Rpc.Kestrel;
using Monorepo.Rpc.Kestrel.Health;
using Monorepo.Services;

namespace Monorepo.Host.Serving;

/// <summary>The listeners: gRPC over cleartext HTTP/2, and HTTP/1.1 on a port of its own, for one cleartext port can't tell them apart.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    /// <summary>What calls in work get after a signal, before their connections are closed.</summary>
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(10);

    // Importers send megabytes a message; HTTP's 64 KiB windows would cost them a round trip for each.
    private const int StreamWindowBytes = 4 << 20;
    private const int ConnectionWindowBytes = 8 << 20;

    private readonly WebApplication _app;
    private ListenOptions? _grpc;
    private ListenOptions? _http;

    /// <param name="options">Where to listen.</param>
    /// <param name="services">What is served.</param>
    /// <param name="health">What health checks answer.</param>
    /// <param name="checkedServices">Names that gRPC's health service knows.</param>
    /// <param name="stopping">Called when a stop was asked for, before calls in work are waited for.</param>
    /// <param name="loggers">Stays the caller's.</param>
    /// <param name="log">Told of stopping.</param>
    public WebServer(ServerOptions options, IReadOnlyList<IRpcService> services, IServerHealth health, IReadOnlyList<string> checkedServices, Action stopping, ILoggerFactory loggers, ServerLog log)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "monorepod" });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRpc(rpc => rpc.SendMessageBytesMax = rpc.ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax);
        builder.Services.AddSingleton(provider => new HealthReporter(health, checkedServices, provider.GetRequiredService<HealthRegistry>(), log, TimeProvider.System));
        builder.Services.AddHostedService(static provider => provider.GetRequiredService<HealthReporter>());
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = DrainTimeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(static console => console.SuppressStatusMessages = true);
        builder.WebHost.UseKestrel(kestrel => Listen(kestrel, options));
        _app = builder.Build();
        foreach (IRpcService service in services)
        {
            _app.MapRpcService(service);
        }

        _app.MapRpcHealth();
        _app.Map(HealthEndpoint.Path, context => HealthEndpoint.WriteAsync(context, health));
        _app.MapRpcUnknownServices();
        _app.Lifetime.ApplicationStopping.Register(() =>
        {
            log.Stopping((int)DrainTimeout.TotalSeconds);
            _app.Services.GetRequiredService<HealthReporter>().ReportStopping();
            stopping();
        });
    }

    /// <summary>With the port that was taken. Valid once started.</summary>
    public IPEndPoint GrpcAddress => _grpc!.IPEndPoint!;

    /// <summary>As <see cref="GrpcAddress"/>; null without a second listener.</summary>
    public IPEndPoint? HttpAddress => _http?.IPEndPoint;

    public string HttpText => HttpAddress is { } address ? $"http://{address}" : "off";

    /// <summary>Says so where other machines can reach it. Valid once started.</summary>
    public void WarnIfExposed(ServerLog log)
    {
        if (!IPAddress.IsLoopback(GrpcAddress.Address))
        {
            log.Exposed(GrpcAddress);
        }
    }

    /// <exception cref="StartupException">An address can't be listened on.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartupException(ExitCode.AddressUnusable, $"{e.Message} Stop the other process, or choose another port with --listen or --http; port 0 is any free one.", e);
        }
        catch (SocketException e)
        {
            throw new StartupException(ExitCode.AddressUnusable, $"can't listen on {_grpc?.EndPoint}{(_http is null ? "" : $" and {_http.EndPoint}")}: {e.Message}. Choose an address of this machine with --listen and --http.", e);
        }
    }

    /// <summary>Returns after SIGTERM or SIGINT, when calls in work are done or <see cref="DrainTimeout"/> is over.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        kestrel.ListenRpc(options.Listen, listen => _grpc = listen);
        if (options.Http is { } http)
        {
            kestrel.Listen(http, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                _http = listen;
            });
        }
    }
}
