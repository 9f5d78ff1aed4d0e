using System.CommandLine;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin warm</c>.</summary>
internal static class WarmCommand
{
    private const string Text = """
        Put contents into the server's memcached before they are asked for: after memcached was restarted, or before a release that all will fetch.

        What to warm: all files and directories of versions (--ref, by default the default branch), of these only some paths, and the versions of files that the newest
        commits made (--depth); or the fewest objects that would have answered a wanted part of recorded reads (--from-log). First the plan and its
        cost are printed. The server does the work; contents do not pass through this machine. What is in memcached already is skipped, so an
        interrupted warm goes on when it is run again. One warm at a time for each repository.

        Examples:
          mr-admin warm --server http://127.0.0.1:8940 --repo demo
          mr-admin warm --server http://127.0.0.1:8940 --repo demo --ref main --ref v2.0 --path 'src/**' --path '*.proto' --rate 200MiB/s
          mr-admin warm --server http://127.0.0.1:8940 --repo demo --depth 1000 --dry-run
          mr-admin warm --server http://127.0.0.1:8940 --repo demo --from-log recent --target-hit-rate 99%
          mr-admin warm --server http://127.0.0.1:8940 --repo demo --from-log reads.jsonl

        Exit codes: 0 done; 2 wrong usage; 3 no such repository or ref; 4 a warm of it runs already, or there is no memcached; 5 server or memcached
        unavailable; 6 disk; 7 data damaged; 130 interrupted: what was stored stays.
        """;

    private const string Recent = "recent";

    public static Command Create()
    {
        Option<Uri> server = ServerOption.Create();
        Option<string> repository = new("--repo") { Description = "The repository.", HelpName = "NAME", Required = true };
        Option<string[]> refs = new("--ref") { Description = "A branch, a tag or a commit; may be given several times. [default: the default branch]", HelpName = "REF" };
        Option<string[]> paths = new("--path")
        {
            Description = "Only files that match: * and ? stay within a name, ** crosses names; without a slash a name at any depth. May be given several times.",
            HelpName = "GLOB",
        };
        Option<uint> depth = new("--depth") { Description = "Also the versions of files that the newest N commits made.", HelpName = "N" };
        Option<string?> fromLog = new("--from-log")
        {
            Description = "From recorded reads: 'recent' for the server's own access log, or a file made by 'mr-admin access-log export'.",
            HelpName = "FILE|recent",
        };
        Option<double?> hitRate = new("--target-hit-rate") { Description = "With --from-log. [default: 99%]", HelpName = "PERCENT", CustomParser = OptionValues.ParsePart };
        Option<long?> rate = new("--rate") { Description = "At most so many bytes a second. [default: as fast as it goes]", HelpName = "RATE", CustomParser = OptionValues.ParseRate };
        Option<bool> hot = new("--hot") { Description = "Into the server's own memory too." };
        Option<bool> dryRun = new("--dry-run") { Description = "Print the plan and its cost, and do nothing." };
        Option<bool> json = ServerOption.Json();
        Command command = new("warm", Text) { server, repository, refs, paths, depth, fromLog, hitRate, rate, hot, dryRun, json };
        command.Validators.Add(result =>
        {
            bool hasLog = result.GetValue(fromLog) is not null;
            if (hasLog && (result.GetValue(refs)?.Length > 0 || result.GetValue(paths)?.Length > 0 || result.GetValue(depth) > 0))
                result.AddError("--from-log says itself what is warmed: give it without --ref, --path and --depth.");
            if (!hasLog && result.GetResult(hitRate) is not null)
                result.AddError("--target-hit-rate needs --from-log.");
        });
        return command.Does(async (parse, cancellationToken) =>
        {
            string? log = parse.GetValue(fromLog);
            bool isRecent = string.Equals(log, Recent, StringComparison.Ordinal);
            WarmRequest request = new()
            {
                Repository = parse.GetValue(repository)!,
                Depth = parse.GetValue(depth),
                RecentAccesses = isRecent,
                AccessesFollow = log is not null && !isRecent,
                TargetHitRate = parse.GetValue(hitRate) ?? 0,
                RateBytesPerSecond = (ulong)(parse.GetValue(rate) ?? 0),
                Hot = parse.GetValue(hot),
                DryRun = parse.GetValue(dryRun),
            };
            request.Refs.AddRange(parse.GetValue(refs) ?? []);
            request.Paths.AddRange(parse.GetValue(paths) ?? []);
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            TextWriter output = parse.InvocationConfiguration.Output;
            bool isJson = parse.GetValue(json);
            WarmReport report = new(output, isJson, request);
            await WarmDisplay.RunAsync(
                parse.InvocationConfiguration.Error,
                progress => WarmCall.RunAsync(channel, request, request.AccessesFollow ? log : null, report, progress, cancellationToken));
            report.WriteEnd();
            if (report.Result is { Failed: > 0 } result)
            {
                throw new AdminException(
                    ExitCode.Unavailable, $"memcached did not take {Quantities.Count(result.Failed)} objects",
                    "'mr-admin stats' shows its nodes. Run the same command again: what was stored is skipped.");
            }
        });
    }
}
