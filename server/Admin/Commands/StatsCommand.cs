using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin stats</c>.</summary>
internal static class StatsCommand
{
    private const string Text = """
        Show what a server does: requests, hit rates, latencies, bytes, memory by owner, memcached nodes, sessions.

        Totals are since the server started. With --watch they are shown again and again, with rates, hit rates and latencies of the time between;
        on a terminal the table stays in place, elsewhere each follows the last.

        Examples:
          mr-admin stats --server http://127.0.0.1:8940
          mr-admin stats --server http://127.0.0.1:8940 --watch
          mr-admin stats --server http://127.0.0.1:8940 --watch 10 --json

        Exit codes: 0 done; 2 wrong usage; 5 server unavailable; 130 interrupted.
        """;

    private const double WatchSecondsDefault = 2;
    private const double WatchSecondsMin = 0.1;
    private const double WatchSecondsMax = 86_400;

    public static Command Create()
    {
        Option<Uri> server = ServerOption.Create();
        Option<double?> watch = new("--watch")
        {
            Description = $"Show it every so many seconds, until it is interrupted. [default: {WatchSecondsDefault}]",
            HelpName = "SECONDS",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = ParseSeconds,
        };
        Option<bool> json = ServerOption.Json("Print one JSON object, with --watch one a line.");
        Command command = new("stats", Text) { server, watch, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            TextWriter output = parse.InvocationConfiguration.Output;
            bool isWatching = parse.GetResult(watch) is not null;
            TimeSpan interval = TimeSpan.FromSeconds(parse.GetValue(watch) ?? WatchSecondsDefault);
            bool isScreen = isWatching && !parse.GetValue(json) && ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            using PeriodicTimer timer = new(interval);
            ServerStatistics? before = null;
            do
            {
                ServerStatistics now = await channel.UnaryAsync(OperationsMethods.GetStatistics, new GetStatisticsRequest(), cancellationToken: cancellationToken);
                StatisticsView view = new(now, before);
                output.Write(parse.GetValue(json) ? StatisticsJson.Format(view) + "\n" : StatisticsTable.Format(view, isScreen) + (isWatching ? "\n" : ""));
                await output.FlushAsync(cancellationToken);
                before = now;
            }
            while (isWatching && await timer.WaitForNextTickAsync(cancellationToken));
        });
    }

    private static double? ParseSeconds(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= WatchSecondsMin and <= WatchSecondsMax)
            return seconds;
        result.AddError($"'{text}' is no number of seconds from {WatchSecondsMin} to {WatchSecondsMax}.");
        return null;
    }
}
