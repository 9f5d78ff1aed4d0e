using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Core;
using Monorepo.History;
using Monorepo.History.Blobs;
using Monorepo.History.Ingest;
using Monorepo.History.RefLog;
using Monorepo.History.Requests;
using Monorepo.Import.Tests;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage.InMemory;

namespace Monorepo.Admin.Tests;

/// <summary>Imports over a real connection into the services that monorepod serves.</summary>
public sealed class ServerImportTests : IAsyncDisposable
{
    private readonly SourceRepository _source = new();
    private readonly InMemoryEngine _engine = new();
    private readonly WebApplication _server;

    public ServerImportTests()
    {
        var directory = new RepositoryDirectory(_engine);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(static kestrel => kestrel.ListenRpc(new IPEndPoint(IPAddress.Loopback, 0)));
        builder.Services.AddRpc(static options => options.SendMessageBytesMax = options.ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax);
        _server = builder.Build();
        _server.MapRpcService(new AdminService(directory, NullLogger<AdminService>.Instance));
        _server.MapRpcService(new HistoryService(directory, new NoBlobOffers(), new RefSubscriptions(TimeProvider.System), NullLogger<HistoryService>.Instance));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _source.Dispose();
    }

    [Fact]
    public async Task A_server_gets_the_same_bytes_and_then_only_what_is_new()
    {
        await _server.StartAsync();
        string address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _source.Commit("one", ("a", "1"), ("d/b", "2"));
        _source.Git("checkout", "-q", "-b", "side");
        _source.Commit("two", ("d/c", "3"));
        _source.Git("checkout", "-q", "main");
        _source.Git("merge", "-q", "--no-ff", "-m", "merge", "side");
        _source.Git("tag", "-a", "-m", "note", "v1");
        await AssertImportedAsync(address, "Imported 3 commits");

        _source.Commit("three", ("a", "4"));
        _source.Git("branch", "-D", "side");
        await AssertImportedAsync(address, "1 moved, 1 deleted");
        AdminRun listed = await AdminRun.RunAsync("repos", "--server", address, "--json");
        Assert.Equal("""[{"name":"app","commits":4,"refs":2}]""", listed.Output.Trim());

        // The first import made three refs in one update, the second moved main and deleted side in another.
        string[] log = (await AdminRun.RunAsync("refs", "log", "--server", address, "--repo", "app")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1", "1", "1", "2", "2"], log.Select(line => line.Split(' ')[0]));
        Assert.Contains(log, line => line.EndsWith("-> none         refs/heads/side", StringComparison.Ordinal));
        AdminRun rest = await AdminRun.RunAsync("refs", "log", "--server", address, "--repo", "app", "--from", "1", "--json");
        Assert.StartsWith("""{"offset":2,"time":""", Assert.Single(rest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        AdminRun late = await AdminRun.RunAsync("refs", "watch", "--server", address, "--repo", "app", "--from", "9");
        Assert.Equal(ExitCode.NotFound, late.Code);
        Assert.Contains("past the newest update, 2", late.Errors, StringComparison.Ordinal);
    }

    private async Task AssertImportedAsync(string address, string expected)
    {
        AdminRun run = await AdminRun.RunAsync("import", _source.Path, "--repo", "app", "--server", address);
        Assert.True(run.Code == ExitCode.Success, run.Errors);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        await ImportAssert.SameAsync(_source.Path, (await _engine.OpenAsync(RepositoryName.Parse("app"), default))!);
    }
}
