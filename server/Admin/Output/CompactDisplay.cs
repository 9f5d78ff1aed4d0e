using Monorepo.Storage.RocksDb;
using Spectre.Console;

namespace Monorepo.Admin.Output;

/// <summary>Shows a compaction's progress: a bar on a terminal, otherwise a line for each step.</summary>
internal static class CompactDisplay
{
    public static async Task RunAsync(TextWriter errors, Func<IProgress<CompactionProgress>, Task> compact)
    {
        if (!ReferenceEquals(errors, Console.Error) || Console.IsErrorRedirected)
        {
            await compact(new Lines(errors));
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) });
        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(context => compact(new Bar(context.AddTask("compacting", maxValue: 1))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<CompactionProgress>
    {
        public void Report(CompactionProgress value)
        {
            task.Value = value.Fraction;
            task.Description = Markup.Escape("compacting " + value.Step);
        }
    }

    private sealed class Lines(TextWriter output) : IProgress<CompactionProgress>
    {
        private string? _step;

        public void Report(CompactionProgress value)
        {
            if (value.Step == _step)
                return;
            _step = value.Step;
            output.WriteLine("compacting " + value.Step);
        }
    }
}
