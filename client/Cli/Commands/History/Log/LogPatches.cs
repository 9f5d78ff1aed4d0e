using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Changes;
using Monorepo.Cli.Output.Log;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>Prints the changes of a log's commits behind their texts, as <c>git log -p --stat</c> does. Not thread-safe.</summary>
internal sealed class LogPatches(OutputStream output, IObjectSource objects, ChangeStyle style, ILogFormat format, Func<ObjectId, string> abbreviate, int columns) : IDisposable
{
    private readonly ChangePrinter _printer = new(output, style, abbreviate, columns);

    /// <summary>Prints a commit's changes; its text was printed before.</summary>
    public Task WriteAsync(IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return Task.CompletedTask;
        }

        if (!format.IsEmpty && format is not OneLineFormat)
        {
            output.Text(style.Formats.HasFlag(ChangeFormats.Stat | ChangeFormats.Patch) && !style.HasNamesOnly ? "---\n" : "\n");
        }

        return _printer.PrintAsync(objects, changes, cancellationToken);
    }

    public void Dispose() => _printer.Dispose();
}
