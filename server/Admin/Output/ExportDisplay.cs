using Monorepo.Export;
using Spectre.Console;

namespace Monorepo.Admin.Output;

/// <summary>Shows an export's progress: a bar on a terminal, otherwise nothing.</summary>
internal static class ExportDisplay
{
    public static async Task<ExportResult> RunAsync(TextWriter errors, Func<IProgress<ExportProgress>?, Task<ExportResult>> export)
    {
        if (!ReferenceEquals(errors, Console.Error) || Console.IsErrorRedirected)
            return await export(null);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => export(new Bar(context.AddTask("exporting"))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value)
        {
            task.MaxValue = Math.Max(1, value.CommitsTotal);
            task.Value = value.CommitsDone;
            task.Description = Markup.Escape($"exporting {Quantities.Count(value.Objects)} objects, {Quantities.Bytes(value.Bytes)}");
        }
    }
}
