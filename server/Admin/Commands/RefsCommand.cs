using System.CommandLine;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin refs log</c> and <c>mr-admin refs watch</c>.</summary>
internal static class RefsCommand
{
    private const string LogText = """
        Print the updates of a repository's refs, oldest first: offset, time, ref, old and new target.

        Examples:
          mr-admin refs log --server http://127.0.0.1:8940 --repo demo
          mr-admin refs log --server http://127.0.0.1:8940 --repo demo --from 1200 --json
        """;

    private const string WatchText = """
        Print the updates of a repository's refs as they happen, until it is interrupted.

        Without --from it starts with the next update; with it, after that offset, so that a consumer which keeps its last
        offset misses nothing.

        Examples:
          mr-admin refs watch --server http://127.0.0.1:8940 --repo demo
          mr-admin refs watch --server http://127.0.0.1:8940 --repo demo --from 1200 --json
        """;

    public static Command Create()
    {
        Command refs = new("refs", "Tell how refs changed.");
        refs.Subcommands.Add(Create("log", LogText, isWatching: false));
        refs.Subcommands.Add(Create("watch", WatchText, isWatching: true));
        return refs;
    }

    private static Command Create(string name, string text, bool isWatching)
    {
        Option<Uri> server = ServerOption.Create();
        Option<string> repository = new("--repo") { Description = "The repository.", HelpName = "NAME", Required = true };
        Option<ulong?> from = new("--from") { Description = isWatching ? "Start after this offset." : "Start after this offset. [default: the oldest that is kept]", HelpName = "OFFSET" };
        Option<bool> json = new("--json") { Description = "Print one JSON object a line." };
        Command command = new(name, text) { server, repository, from, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            SubscribeRequest request = new() { Repository = parse.GetValue(repository)!, UntilNow = !isWatching };
            if (parse.GetValue(from) is { } offset)
                request.AfterOffset = offset;
            else if (isWatching)
                request.AfterOffset = await FindOffsetAsync(channel, parse.GetValue(repository)!, cancellationToken);
            else
                request.FromEarliest = true;

            RefLogPrinter printer = new(parse.InvocationConfiguration.Output, parse.GetValue(json));
            while (!await FollowAsync(channel, request, printer, cancellationToken))
            {
            }
        });
    }

    private static async Task<ulong> FindOffsetAsync(RpcChannel channel, string repository, CancellationToken cancellationToken)
    {
        ListRefsResponse refs = await channel.UnaryAsync(
            HistoryMethods.ListRefs, new ListRefsRequest { Repository = repository }, cancellationToken: cancellationToken);
        return refs.Offset;
    }

    /// <summary>Prints what comes and moves the request's offset along.</summary>
    /// <returns>False when the call's own deadline ended it: a call that never ends has one too, and the next goes on from the offset.</returns>
    private static async Task<bool> FollowAsync(RpcChannel channel, SubscribeRequest request, RefLogPrinter printer, CancellationToken cancellationToken)
    {
        using RpcServerStreamingCall<RefUpdateBatch> call = channel.ServerStreaming(HistoryMethods.Subscribe, request, cancellationToken: cancellationToken);
        try
        {
            await foreach (RefUpdateBatch batch in call.ResponseStream.WithCancellation(cancellationToken))
            {
                foreach (RefUpdateEntry update in batch.Updates)
                {
                    printer.Write(update);
                    request.FromEarliest = false;
                    request.AfterOffset = update.Offset;
                }

                await printer.FlushAsync(cancellationToken);
            }

            return true;
        }
        catch (RpcException e) when (e.StatusCode == RpcStatusCode.DeadlineExceeded && !request.UntilNow)
        {
            return false;
        }
    }
}
