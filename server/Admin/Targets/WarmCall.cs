using Monorepo.Admin.Output;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Targets;

/// <summary>One call of <c>OperationsService.Warm</c>.</summary>
internal static class WarmCall
{
    /// <summary>A warm of everything takes hours; it is ended by ending the call.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromDays(7);

    /// <param name="channel">To the server.</param>
    /// <param name="request">What to warm.</param>
    /// <param name="log">A file of recorded reads to send after it; null without.</param>
    /// <param name="report">Told of the plan and the result.</param>
    /// <param name="progress">Told how it goes.</param>
    /// <param name="cancellationToken">Ends the call, and with it the warm.</param>
    public static async Task RunAsync(
        RpcChannel channel, WarmRequest request, string? log, WarmReport report, WarmProgressSink progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using RpcDuplexCall<WarmRequest, WarmResponse> call = channel.Duplex(
            OperationsMethods.Warm, new RpcCallOptions { Timeout = Timeout }, ending.Token);
        Task sending = SendAsync(call.RequestStream, request, log, ending);
        try
        {
            await foreach (WarmResponse response in call.ResponseStream.WithCancellation(ending.Token))
                Take(response, report, progress);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The file could not be read, and says why below.
        }

        await sending;
    }

    private static void Take(WarmResponse response, WarmReport report, WarmProgressSink progress)
    {
        switch (response.PartCase)
        {
            case WarmResponse.PartOneofCase.Plan:
                report.WritePlan(response.Plan);
                progress.Plan(response.Plan);
                break;
            case WarmResponse.PartOneofCase.Progress:
                progress.Report(response.Progress);
                break;
            case WarmResponse.PartOneofCase.Result:
                report.Result = response.Result;
                break;
        }
    }

    private static async Task SendAsync(IRpcClientStreamWriter<WarmRequest> output, WarmRequest request, string? log, CancellationTokenSource ending)
    {
        try
        {
            await output.WriteAsync(request, ending.Token);
            if (log is not null)
            {
                foreach (AccessEntry[] batch in AccessLogLines.Read(log).Chunk(AccessLogLines.EntriesPerMessage))
                {
                    WarmRequest message = new();
                    message.Accesses.AddRange(batch);
                    await output.WriteAsync(message, ending.Token);
                }
            }

            await output.CompleteAsync();
        }
        catch (RpcException e) when (e.StatusCode == RpcStatusCode.Cancelled)
        {
            // The server has ended the call: its status says why, and the reader of the answers hears it.
        }
        catch
        {
            // The server waits for the rest, which will not come.
            await ending.CancelAsync();
            throw;
        }
    }
}
