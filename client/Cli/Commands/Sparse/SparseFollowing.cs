using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary>After commands that moved HEAD without a checkout: the profiles of the new commit may say something else.</summary>
internal static class SparseFollowing
{
    /// <summary>Brings the working copy in line, or says why it is not. The commit stands either way.</summary>
    public static async Task AfterCommitAsync(CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            CheckoutResult? result = await context.WorkingCopy.FollowProfilesAsync(context.Objects, null, cancellationToken);
            if (result is { IsDone: true })
            {
                await Console.Error.WriteLineAsync($"note: the commit changes the sparse profile: {result.FilesWritten:N0} files written, {result.FilesRemoved:N0} removed.");
            }
            else if (result is not null)
            {
                await Console.Error.WriteLineAsync(
                    $"warning: the commit changes the sparse profile, and {result.Conflicts.Count:N0} files with changes keep the working copy from following it. 'mr checkout HEAD' tries again and names them.");
            }
        }
        catch (SparseException e)
        {
            await Console.Error.WriteLineAsync($"warning: the working copy keeps to the sparse rules it had: {e.Message}");
        }
    }
}
