using System.Text;
using Monorepo.Workspace.Operations;

namespace Monorepo.Cli.Output.Operations;

/// <summary>Tells of files that a command discarded for good.</summary>
public static class NotKeptWarnings
{
    public static void Write(IReadOnlyList<NotKeptFile> files)
    {
        foreach (NotKeptFile file in files)
        {
            Console.Error.WriteLine(
                $"warning: '{Encoding.UTF8.GetString(file.Path)}' ({ProgressDisplay.Bytes(file.SizeBytes)}) was overwritten or deleted and is too large to be kept: 'mr undo' can't bring it back.");
        }
    }
}
