using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monorepo.Rpc.Kestrel.Health;
using Monorepo.Rpc.Tests.Interop;

namespace Monorepo.Rpc.Kestrel.Tests;

/// <summary>A real Kestrel on a loopback port with the interop and the health service.</summary>
public sealed class RpcServerFixture : IAsyncLifetime
{
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public InteropService Interop { get; } = new();

    public RecordedLog Log { get; } = new();

    public HealthRegistry Health => _app!.Services.GetRequiredService<HealthRegistry>();

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.ListenRpc(new IPEndPoint(IPAddress.Loopback, 0)));
        builder.Services.AddRpc(options => options.ResponseCompression = RpcCompression.Gzip);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton(Interop);
        builder.Logging.AddProvider(Log);

        _app = builder.Build();
        IHttpContextAccessor accessor = _app.Services.GetRequiredService<IHttpContextAccessor>();
        Interop.Die = _ => accessor.HttpContext!.Abort();
        _app.MapRpcService<InteropService>();
        _app.MapRpcHealth();
        _app.MapRpcUnknownServices();
        await _app.StartAsync();
        Health.SetServing("", true);
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is null)
            return;

        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>Keeps what was logged at Error.</summary>
public sealed class RecordedLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(EventId Id, Exception? Exception)> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Errors.Enqueue((eventId, exception));
    }

    public void Dispose()
    {
    }
}
