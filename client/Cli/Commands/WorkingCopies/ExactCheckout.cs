using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr checkout --exact</c>: a working copy that machines use again, as if it had just been made.</summary>
internal static class ExactCheckout
{
    public static async Task<ExitCode> RunAsync(CommandContext context, string revision, bool removeIgnored, bool asJson, CancellationToken cancellationToken)
    {
        HeadState head = await CheckoutCommand.ResolveAsync(context, revision, cancellationToken);
        ObjectId commit = head.Commit!.Value;
        ExactResult result = await ProgressDisplay.RunAsync("Writing files", progress => context.WorkingCopy.CheckoutExactAsync(
            context.Objects,
            context.ReadCommit(commit).Tree,
            head,
            removeIgnored,
            new ProgressAdapter<CheckoutProgress>(progress, p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files, {ProgressDisplay.Bytes(p.BytesWritten)}")),
            cancellationToken));
        CheckoutCommand.ThrowIfRefused(result.Checkout);
        if (asJson)
        {
            context.Output.JsonObject(json => CheckoutJson.WriteMembers(json, head, result));
        }

        await Console.Error.WriteLineAsync(
            $"Checked out {context.Clone.History.Abbreviate(commit)}, exactly: {result.Checkout.FilesWritten:N0} files written ({ProgressDisplay.Bytes(result.Checkout.BytesWritten)}), "
            + $"{result.Checkout.FilesRemoved:N0} removed, {result.UntrackedRemoved:N0} untracked ones removed.");
        foreach (byte[] kept in result.Kept)
        {
            await Console.Error.WriteLineAsync($"warning: {Encoding.UTF8.GetString(kept)} is a repository of its own and was kept; remove it if nobody needs it.");
        }

        if (result.UnreadableCount > 0)
        {
            await Console.Error.WriteLineAsync($"warning: {result.UnreadableCount:N0} paths can't be read, so nobody knows what is there; 'mr status' names them.");
            return ExitCode.Disk;
        }

        return result.IsExact ? ExitCode.Success : ExitCode.Negative;
    }
}
