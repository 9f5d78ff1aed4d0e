using System.Text.Json;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>Somebody who runs <c>mr-admin</c> against one server.</summary>
internal sealed class Operator(MonorepoServer server, string folder)
{
    private static readonly Dictionary<string, string> s_environment = [];

    public ProgramRun Start(params string[] arguments) =>
        ProgramRun.Start(Programs.Admin, folder, s_environment, [.. arguments, "--server", server.Address.GetLeftPart(UriPartial.Authority)]);

    public async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        using ProgramRun run = Start(arguments);
        return await run.FinishAsync();
    }

    /// <summary>With <c>--json</c>; must succeed.</summary>
    public async Task<JsonElement> AskAsync(params string[] arguments) => Parse((await RunAsync([.. arguments, "--json"])).Succeeds());

    public static JsonElement Parse(ProgramResult result) => JsonDocument.Parse(result.Output).RootElement;

    /// <summary>The statistics of one tier.</summary>
    public async Task<JsonElement> TierAsync(string name) =>
        (await AskAsync("stats")).GetProperty("contents").GetProperty("tiers").EnumerateArray().Single(t => t.GetProperty("name").GetString() == name);
}
