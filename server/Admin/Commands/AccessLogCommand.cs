using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin access-log on|off|status|export</c>.</summary>
internal static class AccessLogCommand
{
    private const string Text = """
        Record on the server which objects are read, to warm caches from it and to see what is hot.

        The log lies in the server's data directory, has a limit, and drops its oldest files first. Once on, it is on after a restart too.

        Examples:
          mr-admin access-log on --server http://127.0.0.1:8940
          mr-admin access-log on --server http://127.0.0.1:8940 --sample 1/16 --max-size 4GiB
          mr-admin access-log export reads.jsonl --server http://127.0.0.1:8940 --since 24h
          mr-admin warm --server http://127.0.0.1:8940 --repo demo --from-log recent --target-hit-rate 99%

        Exit codes: 0 done; 2 wrong usage; 4 the server's folder can't be written; 5 server unavailable; 6 disk; 130 interrupted.
        """;

    private const int KeysOf = 65_536;

    private static readonly TimeSpan ExportTimeout = TimeSpan.FromDays(1);

    public static Command Create()
    {
        Command command = new("access-log", Text);
        command.Subcommands.Add(CreateOn());
        command.Subcommands.Add(CreateSimple("off", "Stop recording. What is recorded stays.", AskOffAsync));
        command.Subcommands.Add(CreateSimple("status", "Say whether it is on, how much there is, and what was lost.", AskStatusAsync));
        command.Subcommands.Add(CreateExport());
        return command;
    }

    private static Command CreateOn()
    {
        Option<Uri> server = ServerOption.Create();
        Option<int?> sample = new("--sample")
        {
            Description = "Record the reads of one object in N, all of its reads; objects are chosen by their id. [default: 1/1]",
            HelpName = "1/N",
            CustomParser = ParseSample,
        };
        Option<long?> size = new("--max-size") { Description = "Of all files together. [default: 1GiB]", HelpName = "SIZE", CustomParser = OptionValues.ParseBytes };
        Option<bool> json = ServerOption.Json();
        Command command = new("on", "Record which objects are read; with other settings when it is on already.") { server, sample, size, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            SetAccessLogRequest request = new() { On = true, KeysKept = (uint)(parse.GetValue(sample) ?? 0), BytesMax = (ulong)(parse.GetValue(size) ?? 0) };
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            AccessLogStatus status = await channel.UnaryAsync(OperationsMethods.SetAccessLog, request, cancellationToken: cancellationToken);
            AccessLogReport.Write(parse.InvocationConfiguration.Output, status, parse.GetValue(json));
        });
    }

    private static Command CreateSimple(string name, string text, Func<RpcChannel, CancellationToken, Task<AccessLogStatus>> ask)
    {
        Option<Uri> server = ServerOption.Create();
        Option<bool> json = ServerOption.Json();
        Command command = new(name, text) { server, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            AccessLogReport.Write(parse.InvocationConfiguration.Output, await ask(channel, cancellationToken), parse.GetValue(json));
        });
    }

    private static Task<AccessLogStatus> AskOffAsync(RpcChannel channel, CancellationToken cancellationToken) =>
        channel.UnaryAsync(OperationsMethods.SetAccessLog, new SetAccessLogRequest(), cancellationToken: cancellationToken);

    private static Task<AccessLogStatus> AskStatusAsync(RpcChannel channel, CancellationToken cancellationToken) =>
        channel.UnaryAsync(OperationsMethods.GetAccessLog, new GetAccessLogRequest(), cancellationToken: cancellationToken);

    private static Command CreateExport()
    {
        Argument<string> file = new("FILE") { Description = "Where to write, one JSON object a line; - is standard output." };
        Option<Uri> server = ServerOption.Create();
        Option<DateTimeOffset?> since = new("--since")
        {
            Description = "Only what was read from then on: a time, or how long ago, such as 12h or 7d. [default: all]",
            HelpName = "TIME",
            CustomParser = OptionValues.ParseTime,
        };
        Option<bool> json = ServerOption.Json("Print what was done as one JSON object; not together with -.");
        Command command = new("export", "Write what is recorded, as JSON lines: time, repository, id, tier, bytes.") { file, server, since, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            ExportAccessLogRequest request = new() { SinceUnixMs = parse.GetValue(since)?.ToUnixTimeMilliseconds() ?? 0 };
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            using RpcServerStreamingCall<AccessBatch> call = channel.ServerStreaming(
                OperationsMethods.ExportAccessLog, request, new RpcCallOptions { Timeout = ExportTimeout }, cancellationToken);
            string path = parse.GetValue(file)!;
            TextWriter output = parse.InvocationConfiguration.Output;
            if (path == "-")
            {
                await AccessLogReport.ExportAsync(call.ResponseStream, output, cancellationToken);
                return;
            }

            // Whole or not there: half an export would warm half a cache.
            string partial = path + ".partial";
            long reads;
            await using (StreamWriter writer = new(partial))
                reads = await AccessLogReport.ExportAsync(call.ResponseStream, writer, cancellationToken);
            File.Move(partial, path, overwrite: true);
            output.WriteLine(parse.GetValue(json)
                ? JsonText.Object(writer => writer.WriteNumber("reads", reads))
                : $"Exported {Quantities.Count(reads)} reads to {path}");
        });
    }

    private static int? ParseSample(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text.StartsWith("1/", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is > 0 and <= KeysOf)
            return KeysOf / n;
        result.AddError($"'{text}' is no sample: give one such as 1/16, at most 1/{KeysOf}.");
        return null;
    }
}
